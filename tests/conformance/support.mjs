// What the suites share: the servers under test as child processes on ports of their own, waiting
// for a condition, and requests signed by hand for what Microsoft's clients refuse to send.
//
// Import this file first: on Node 18 the storage client needs the web crypto that it puts in place.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac, webcrypto } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

globalThis.crypto ??= webcrypto;

const here = path.dirname(fileURLToPath(import.meta.url));
const program = process.env.DMSBATCH_BIN ?? path.join(here, '../../build/bin/dmsbatch');

// The answer of `probe` once it is truthy. Fails with what was waited for after `seconds`.
export async function until(what, probe, seconds = 60) {
  const limit = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await probe();
    if (answer) return answer;
    if (Date.now() > limit) throw new Error(`still waiting for ${what} after ${seconds} s`);
    await pause(50);
  }
}

export async function text(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

// Starts a program and gives it back with the match of `ready` in a line of its output.
async function start(command, args, ready) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const match = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${command} was not ready in 30 s`)), 30000);
    const settle = (how, value) => {
      clearTimeout(timer);
      how(value);
    };
    lines.on('line', (line) => ready.test(line) && settle(resolve, ready.exec(line)));
    child.on('error', (error) => settle(reject, error));
    child.on('exit', (code, signal) =>
      settle(reject, new Error(`${command} ended with ${signal ?? code} before it was ready`)));
  }).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  return { child, match };
}

// Ends a child by SIGTERM, after ten seconds by SIGKILL. Gives its exit code, or the signal's name.
async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) {
    throw new Error(`process ${child.pid} ended by itself: ${child.signalCode ?? child.exitCode}`);
  }
  const ended = new Promise((resolve) => {
    child.on('exit', (code, signal) => resolve(signal ?? code));
  });
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10000);
  const how = await ended;
  clearTimeout(timer);
  return how;
}

// The processes whose command line names `part`.
export function processesWith(part) {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(part);
    } catch {
      return false;  // ended meanwhile
    }
  }).map(Number);
}

function readIni(file) {
  const pairs = readFileSync(file, 'utf8').matchAll(/^\s*(\w+)\s*[=:]\s*(.*?)\s*$/gm);
  return Object.fromEntries([...pairs].map((match) => [match[1], match[2]]));
}

// Starts `dmsbatch serve` with an empty data directory on free ports.
export async function startService() {
  if (!existsSync(program)) throw new Error(`there is no ${program}: build it, or set DMSBATCH_BIN`);
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'dmsbatch-conformance-'));
  try {
    const { child, match } = await start(
      program, ['serve', '--data-dir', dataDirectory, '--port', '0'], /^ready (\S+) (\S+)$/);
    const config = readIni(path.join(dataDirectory, 'config.ini'));
    return {
      dataDirectory,
      batch: {
        url: match[1].replace(/\/$/, ''),
        account: config._BATCH_ACCOUNT_NAME,
        key: config._BATCH_ACCOUNT_KEY,
      },
      blob: storageEndpoint(match[2], config._STORAGE_ACCOUNT_NAME, config._STORAGE_ACCOUNT_KEY),
      // Ends the service. Fails when it had ended before, ends badly, or leaves a process behind.
      async stop() {
        try {
          assert.equal(await stop(child), 0, 'exit status of dmsbatch serve');
          await until('the service to leave no process', () => processesWith(dataDirectory).length === 0, 5);
        } finally {
          for (const pid of processesWith(dataDirectory)) {
            try {
              process.kill(pid, 'SIGKILL');
            } catch { /* ended meanwhile */ }
          }
          await rm(dataDirectory, { recursive: true, force: true });
        }
      },
    };
  } catch (error) {
    await rm(dataDirectory, { recursive: true, force: true });
    throw error;
  }
}

// Starts Azurite's blob service in memory on a free port.
export async function startAzurite() {
  const { child, match } = await start(
    process.execPath,
    [path.join(here, 'node_modules/azurite/dist/src/blob/main.js'), '--blobHost', '127.0.0.1',
      '--blobPort', '0', '--inMemoryPersistence', '--skipApiVersionCheck', '--disableTelemetry'],
    /successfully listens on (\S+)$/);
  const wellKnownKey =
    'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
  return {
    blob: storageEndpoint(match[1], 'devstoreaccount1', wellKnownKey),
    stop: () => stop(child),
  };
}

// Without host names the account is the first piece of the path.
function storageEndpoint(url, account, key) {
  const base = url.replace(/\/$/, '');
  return { url: base.endsWith(`/${account}`) ? base : `${base}/${account}`, account, key };
}

// The SharedKey signature of a Batch request (REST reference, "Authenticate requests to the service").
function signBatch({ account, key }, method, target, headers) {
  const [rawPath, rawQuery = ''] = target.split('?');
  const query = rawQuery.split('&').filter(Boolean)
    .map((pair) => pair.split('=').map(decodeURIComponent))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `\n${name}:${value}`).join('');
  const length = headers['content-length'] ?? '';
  const toSign = `${method}\n\n\n${length}\n\n${headers['content-type'] ?? ''}\n\n\n\n\n\n\n` +
    `ocp-date:${headers['ocp-date']}\n/${account}${rawPath}${query}`;
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(toSign, 'utf8');
  return `SharedKey ${account}:${signature.digest('base64')}`;
}

// Sends a request whose target goes to the wire as it stands. Options: body (text), sign (true).
// Gives { status, headers, body, code }, where code is the service's word for an error.
export async function rawBatch(batch, method, target, { body, sign = true } = {}) {
  const headers = { 'ocp-date': new Date().toUTCString() };
  if (body !== undefined) {
    headers['content-type'] = 'application/json; odata=minimalmetadata';
    headers['content-length'] = String(Buffer.byteLength(body));
  }
  if (sign) headers.authorization = signBatch(batch, method, target, headers);
  const { hostname, port } = new URL(batch.url);
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, method, path: target, headers, agent: false });
    request.on('response', (answer) => {
      text(answer).then((answerBody) => {
        let code;
        try {
          code = JSON.parse(answerBody).code;
        } catch { /* no JSON, no code */ }
        resolve({ status: answer.statusCode, headers: answer.headers, body: answerBody, code });
      }, reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}
