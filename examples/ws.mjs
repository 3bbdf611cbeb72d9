// The package ws, from npm or from Debian's node-ws, or a word on how to get it.
import { createRequire } from 'node:module';

// Not an import: require() also looks in NODE_PATH, and where Debian keeps its packages if this node is Debian's.
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
