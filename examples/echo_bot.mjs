#!/usr/bin/env node
// An echo bot: it plays back what it hears, a second later, and stops when the caller presses a key.
//
//   examples/echo_bot.mjs [--host 127.0.0.1] [--port 9000] [--delay 1.0]
//   uuid_audio_stream <uuid> start playback=on barge-in=dtmf dtmf=on hello=on -- ws://127.0.0.1:9000/ mono 8k
//
// Needs the package ws: script/install-deps node, or npm install ws. docs/protocol.md describes every text.
import { parseArgs } from 'node:util';

import { WebSocketServer } from './ws.mjs';

/** One stream: L16 in both directions, at the same rate. */
class Call {
  name = '?';
  rate = 8000;
  said = Buffer.alloc(0);  // not sent back yet
  spoken = 0;              // marks sent

  constructor(socket, delay) {
    this.socket = socket;
    this.delay = delay;
    socket.on('message', (message, isBinary) =>
      isBinary ? this.echo(message) : this.understand(message.toString()));
    socket.on('close', () => console.log(`${this.name}: the stream is over`));
    socket.on('error', (error) => console.log(`${this.name}: ${error.message}`));
  }

  echo(audio) {
    this.said = Buffer.concat([this.said, audio]);
    const enough = Math.floor(this.delay * this.rate) * 2;
    if (this.said.length < 2 * enough) return;
    // A second is kept, a second is said; the mark tells when the caller has heard it.
    this.socket.send(this.said.subarray(0, enough));
    this.said = this.said.subarray(enough);
    this.spoken += 1;
    this.socket.send(JSON.stringify({ type: 'mark', name: String(this.spoken) }));
  }

  understand(text) {
    let note;
    try {
      note = JSON.parse(text);
    } catch {
      console.log(`${this.name}: metadata ${text}`);
      return;
    }
    switch (note?.type) {
      case 'hello':
        this.name = note.call.slice(0, 8);
        this.rate = note.up.rate;
        console.log(`${this.name}: ${note.up.mix} at ${this.rate} Hz`);
        break;
      case 'mark':
        console.log(`${this.name}: second ${note.name} was ${note.result} at ${note.position_ms} ms`);
        break;
      case 'cleared':
        console.log(`${this.name}: interrupted (${note.reason}); ${note.thrown_ms} ms were not heard`);
        this.said = Buffer.alloc(0);
        break;
      case 'dtmf':
        console.log(`${this.name}: key ${note.digit}`);
        break;
      default:
        console.log(`${this.name}: ${text}`);
    }
  }
}

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '9000' },  // 0 picks a free one
    delay: { type: 'string', default: '1.0' },  // seconds
  },
});
const server = new WebSocketServer({ host: values.host, port: Number(values.port), perMessageDeflate: false });
server.on('connection', (socket) => new Call(socket, Number(values.delay)));
server.on('listening', () => console.log(`listening on port ${server.address().port}`));
