// Moves files with Microsoft's @azure/storage-blob, as fast as it can:
//
//   node blob_mover.mjs up|down ENDPOINT ACCOUNT CONTAINER BLOB FILE
//   node blob_mover.mjs up-many|down-many ENDPOINT ACCOUNT CONTAINER PREFIX DIRECTORY
//
// The key is in BLOB_KEY. Large files go in blocks of 8 MiB, eight at a time; small files 32 at a
// time.
import { createRequire } from 'node:module';
import { open, readdir, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

const require = createRequire(new URL('../../tests/conformance/package.json', import.meta.url));
const { ContainerClient, StorageSharedKeyCredential } = require('@azure/storage-blob');

const [what, endpoint, account, container, name, path] = process.argv.slice(2);
const client = new ContainerClient(
  `${endpoint}/${container}`, new StorageSharedKeyCredential(account, process.env.BLOB_KEY));
const block = 8 * 1024 * 1024;
const atOnce = 8;

// downloadToFile is one stream; ranges side by side are its downloadToBuffer, a block each.
async function downInRanges(blob, file) {
  const { contentLength } = await blob.getProperties();
  const target = await open(file, 'w');
  let next = 0;
  async function work() {
    const buffer = Buffer.allocUnsafe(block);
    while (next < contentLength) {
      const offset = next;
      const length = Math.min(block, contentLength - offset);
      next += length;
      await blob.downloadToBuffer(buffer, offset, length);
      await target.write(buffer, 0, length, offset);
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work));
  await target.close();
}

async function each(names, act) {
  let next = 0;
  async function work() {
    while (next < names.length) await act(names[next++]);
  }
  await Promise.all(Array.from({ length: 32 }, work));
}

if (what === 'up') {
  await client.getBlockBlobClient(name).uploadFile(path, { blockSize: block, concurrency: atOnce });
} else if (what === 'down') {
  await downInRanges(client.getBlockBlobClient(name), path);
} else if (what === 'up-many') {
  await each(await readdir(path), (file) =>
    client.getBlockBlobClient(`${name}/${file}`).uploadFile(join(path, file)));
} else {
  await mkdir(path, { recursive: true });
  const names = [];
  for await (const blob of client.listBlobsFlat({ prefix: `${name}/` })) names.push(blob.name);
  await each(names, (blob) =>
    client.getBlockBlobClient(blob).downloadToFile(join(path, blob.slice(name.length + 1))));
}
