/**
 * A self-signed certificate for 127.0.0.1 and releases.example, valid for a hundred years. Its key protects nothing.
 * Made by: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500
 *   -subj "/CN=kata-setup test" -addext "subjectAltName=DNS:releases.example,IP:127.0.0.1"
 */
export const testCertificate = {
	key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgWOOmGePEWIam239d
ifcPycS9EdhfUj275Ymb/YzU4myhRANCAAST4I8s97QkHRWQBub58PDkkvUAEdSb
GigyFXx/F+fYdRCPSg4Ijkzrrr6aVWO6z6nnyv0UkLIATOue+P5U2y3g
-----END PRIVATE KEY-----
`,
	cert: `-----BEGIN CERTIFICATE-----
MIIBrTCCAVSgAwIBAgIUXx/IbGF0teL4XBXhLOSdu5vEvQIwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPa2F0YS1zZXR1cCB0ZXN0MCAXDTI2MTEyNTE3Mjg0M1oYDzIx
MjYxMTAxMTcyODQzWjAaMRgwFgYDVQQDDA9rYXRhLXNldHVwIHRlc3QwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAAST4I8s97QkHRWQBub58PDkkvUAEdSbGigyFXx/
F+fYdRCPSg4Ijkzrrr6aVWO6z6nnyv0UkLIATOue+P5U2y3go3YwdDAdBgNVHQ4E
FgQUy9fjeURqLbqWI9NEK8gl2V0crhQwHwYDVR0jBBgwFoAUy9fjeURqLbqWI9NE
K8gl2V0crhQwDwYDVR0TAQH/BAUwAwEB/zAhBgNVHREEGjAYghByZWxlYXNlcy5l
eGFtcGxlhwR/AAABMAoGCCqGSM49BAMCA0cAMEQCIBeU04oWsArzQ1h7dyv1vpCn
Lh7I7G5datWov/V5sA8NAiBOChToVjtueQ8OSQZjS5kXtxuCmizZgKpDVo1l+HLQ
4Q==
-----END CERTIFICATE-----
`,
};
