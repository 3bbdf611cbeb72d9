// Echoes messages in random fragments, pinging now and then: echo.js SETTINGS
//
// SETTINGS: JSON of ws's perMessageDeflate. Prints its port.
const { WebSocketServer } = require('ws');

const settings = JSON.parse(process.argv[2]);
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: settings ?? false });

server.on('listening', () => console.log(server.address().port));
server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => {
    if (Math.random() < 0.05) socket.ping('p');
    // ws also accepts bytes as a text, so a fragment may end within a character.
    const compress = Math.random() < 0.7;
    let rest = data;
    while (Math.random() < 0.5) {
      const sizes = [0, 1, 7, 100, 4096, rest.length];
      const size = sizes[Math.floor(Math.random() * sizes.length)];
      socket.send(rest.subarray(0, size), { binary: isBinary, compress, fin: false });
      rest = rest.subarray(size);
    }
    socket.send(rest, { binary: isBinary, compress, fin: true });
  });
  socket.on('error', (error) => console.error(`ws: ${error.message}`));
});
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
