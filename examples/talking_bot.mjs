#!/usr/bin/env node
// A talking bot: a recogniser, a few lines of logic, a voice. The caller may interrupt it.
//
//   examples/talking_bot.mjs [--host 127.0.0.1] [--port 9000]
//   uuid_audio_stream <uuid> start playback=on hello=on barge-in=speech -- ws://127.0.0.1:9000/ mono 8k
//
// Its recogniser is asr_server/, which it starts; its voice is espeak-ng. It needs only Debian packages:
// script/install-deps demo talk node. docs/protocol.md describes every text.
// It reports what it hears and says to the application: {"bot":"heard","text":"..."} becomes a `json` event.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

import { WebSocket, WebSocketServer } from './ws.mjs';

const GREETING = ['Hello. I am a robot.', 'Where shall I go?'];
const NUMBERS = { two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9, ten: 10 };

/** What is said to those words, sentence by sentence. */
function answer(words) {
  if (words.includes('forward')) {
    const meters = words.split(' ').map((word) => NUMBERS[word]).find(Boolean) ?? 1;
    const steps = Array.from({ length: meters }, (_, before) => `This is meter ${before + 1}.`);
    return ['I go forward.', ...steps, 'I am there. Where next?'];
  }
  if (words.includes('somewhere')) return ['All right. I go somewhere else.'];
  return [`I heard ${words}.`, 'Tell me to go forward some meters, or somewhere.'];
}

/** A sentence as samples, and how many of them are a second. */
async function voice(sentence) {
  const { stdout } = await promisify(execFile)('espeak-ng', ['--stdout', '-v', 'en', '-s', '150', sentence],
    { encoding: 'buffer', maxBuffer: 1 << 26 });
  return { rate: stdout.readUInt32LE(24), samples: stdout.subarray(44) };  // a WAV header of 44 bytes
}

const recognisers = new Map();  // rate -> a promise of the address of the one for that rate

function recogniser(rate) {
  if (!recognisers.has(rate)) {
    const server = fileURLToPath(new URL('asr_server/asr_server.py', import.meta.url));
    const child = spawn(server, ['--port', '0', '--rate', String(rate)], { stdio: ['ignore', 'pipe', 'inherit'] });
    process.on('exit', () => child.kill());
    child.on('exit', () => process.exit(1));  // it said why
    recognisers.set(rate, new Promise((resolve) =>
      createInterface(child.stdout).once('line', (line) => resolve(line.split(' ').at(-1)))));
  }
  return recognisers.get(rate);
}

/** One stream. */
class Call {
  ear = null;    // a connection to the recogniser; there is one from hello on
  early = [];    // audio that came before it stood
  turn = 0;      // counts what the bot began to say or was stopped from saying
  unheard = 0;   // sentences sent of which no mark has come back
  toldMs = 0;    // of the answer that is being said

  constructor(socket) {
    this.socket = socket;
    socket.on('message', (message, isBinary) =>
      isBinary ? this.listen(message) : this.understand(message.toString()));
    socket.on('close', () => this.end());
    socket.on('error', () => this.end());
  }

  listen(audio) {
    if (this.ear === null) this.socket.close(1008, 'the bot needs hello=on, and 8 or 16 kHz, mono or mixed');
    else if (this.ear.readyState === WebSocket.OPEN) this.ear.send(audio);
    else this.early.push(audio);
  }

  understand(text) {
    let note;
    try {
      note = JSON.parse(text);
    } catch {
      return;  // metadata
    }
    if (note?.type === 'hello' && [8000, 16000].includes(note.up.rate) && note.up.channels === 1) {
      this.ear = {};  // until it is connected
      recogniser(note.up.rate).then((address) => this.hear(address));
      this.say(GREETING);
    } else if (note?.type === 'mark') {
      this.unheard -= 1;
    } else if (note?.type === 'cleared' && note.thrown_ms > 0) {
      this.tell({ bot: 'interrupted', reason: note.reason, heard_ms: note.heard_ms, told_ms: this.toldMs });
      if (note.reason !== 'server') this.interrupt();  // what was on its way meanwhile goes as well
    }
  }

  hear(address) {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.ear = new WebSocket(address, { perMessageDeflate: false });
    this.ear.on('open', () => this.early.splice(0).forEach((audio) => this.ear.send(audio)));
    this.ear.on('error', (error) => this.socket.close(1011, error.message));
    this.ear.on('message', (message) => {
      const heard = JSON.parse(message);
      if (heard.type === 'final') {
        this.tell({ bot: 'heard', text: heard.text });
        this.say(answer(heard.text));
      } else if (this.unheard > 0) {
        this.interrupt();  // the caller speaks while the bot does; barge-in=speech was faster, if it is on
      }
    });
  }

  async say(sentences) {
    const turn = ++this.turn;
    this.toldMs = 0;
    // All of it at once: the module keeps what is not played yet, and a mark tells what was.
    for (const sentence of sentences) {
      const { rate, samples } = await voice(sentence);
      if (turn !== this.turn) return;
      this.toldMs += Math.floor(samples.length / 2 * 1000 / rate);
      this.unheard += 1;
      this.tell({ bot: 'says', text: sentence });
      this.tell({ type: 'streamAudio',
        data: { audioDataType: 'raw', sampleRate: rate, audioData: samples.toString('base64') } });
      this.tell({ type: 'mark', name: sentence });
    }
  }

  interrupt() {
    this.turn += 1;
    this.tell({ type: 'clear' });
  }

  end() {
    this.turn += 1;
    this.ear?.close?.();
  }

  tell(what) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(what));
  }
}

const { values } = parseArgs({
  options: { host: { type: 'string', default: '127.0.0.1' }, port: { type: 'string', default: '9000' } },
});
if (spawnSync('espeak-ng', ['--version']).error) {
  console.error('This bot speaks with espeak-ng: run script/install-deps demo talk.');
  process.exit(1);
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit());  // and so ends its child
const server = new WebSocketServer({ host: values.host, port: Number(values.port), perMessageDeflate: false });
server.on('connection', (socket) => new Call(socket));
server.on('listening', () => console.log(`listening on port ${server.address().port}`));
