/* Apart from kata-setup.cjs, because import() is a syntax error to the oldest Nodes that must still read that file. */
'use strict';

import('../dist/kata-setup.mjs').then(module => module.run());
