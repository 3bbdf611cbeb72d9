// Loads the package ws from npm or from Debian's node-ws, or says how to install it.
import { createRequire } from 'node:module';

// Not an import, because require() also searches NODE_PATH and, with Debian's node, Debian's packages.
const require = createRequire(import.meta.url);

function found() {
  for (const place of ['ws', '/usr/share/nodejs/ws']) {
    try {
      return require(place);
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  console.error('This bot needs the package ws: run script/install-deps node, or npm install ws.');
  return process.exit(1);
}

export const { WebSocket, WebSocketServer } = found();
