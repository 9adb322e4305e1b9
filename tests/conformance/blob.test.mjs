// Microsoft's storage client against two servers that have to agree: the local service, and Azurite
// as the witness that these stories are the protocol's and not our own.
//
// BLOB_ENDPOINTS=azurite or =local runs one of them.
import { startAzurite, startService, text } from './support.mjs';

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  AccountSASPermissions, AccountSASResourceTypes, AccountSASServices, AnonymousCredential,
  BlobSASPermissions, BlobServiceClient, ContainerClient, ContainerSASPermissions,
  StorageSharedKeyCredential, generateAccountSASQueryParameters, generateBlobSASQueryParameters,
} from '@azure/storage-blob';

// Where Azurite has words of its own, Azure's are what the local service has to say.
const servers = {
  local: { start: startService, badSignature: 'AuthenticationFailed', badDigest: 'Md5Mismatch', blocksFromUrl: true, judgesPolicies: true },
  azurite: { start: startAzurite, badSignature: 'AuthorizationFailure', badDigest: 'InvalidOperation', blocksFromUrl: false, judgesPolicies: false },
};
const chosen = (process.env.BLOB_ENDPOINTS ?? 'local,azurite').split(',');
const once = { retryOptions: { maxTries: 1 } };
const hour = 60 * 60 * 1000;

const status = (code) => (error) => {
  assert.equal(error.statusCode, code, `${error.statusCode} ${error.code}: ${error.message}`);
  return true;
};
const refusal = (httpStatus, code) => (error) => {
  assert.deepEqual([error.statusCode, error.code], [httpStatus, code], error.message);
  return true;
};
const collect = async (pages) => {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
};
const blockId = (index) => Buffer.from(`block-${String(index).padStart(6, '0')}`).toString('base64');

for (const name of chosen) {
  const { start, badSignature, badDigest, blocksFromUrl, judgesPolicies } = servers[name];
  describe(`blob client against ${name}`, () => {
    let server, credential, service, container;

    // A client of the container that has nothing but the SAS.
    const bySas = (permissions, expiresOn) => {
      const sas = generateBlobSASQueryParameters({
        containerName: container.containerName,
        permissions: ContainerSASPermissions.parse(permissions),
        startsOn: new Date(Date.now() - 2 * hour),
        expiresOn,
      }, credential);
      return new ContainerClient(`${container.url}?${sas}`, new AnonymousCredential(), once);
    };
    const put = (blobName, content, options) =>
      container.getBlockBlobClient(blobName).upload(content, Buffer.byteLength(content), options);
    const get = async (blobName, ...range) =>
      text((await container.getBlobClient(blobName).download(...range)).readableStreamBody);

    before(async () => {
      server = await start();
      credential = new StorageSharedKeyCredential(server.blob.account, server.blob.key);
      service = new BlobServiceClient(server.blob.url, credential, once);
      container = service.getContainerClient('stories');
    });
    after(() => server?.stop());

    it('tells of what kind the account is', async () => {
      const { skuName, accountKind } = await service.getAccountInfo();
      assert.ok(skuName && accountKind);
    });

    it('creates a container once', async () => {
      assert.equal(await container.exists(), false);
      const created = await container.create();
      assert.ok(created.etag && created.lastModified);
      assert.equal(await container.exists(), true);
      await assert.rejects(container.create(), refusal(409, 'ContainerAlreadyExists'));
      assert.equal((await container.createIfNotExists()).succeeded, false);
    });

    it('lists containers by prefix', async () => {
      await service.getContainerClient('other').create();
      const names = (await collect(service.listContainers({ prefix: 'sto' }))).map((each) => each.name);
      assert.deepEqual(names, ['stories']);
    });

    it('gives back what was put, with its properties', async () => {
      const content = 'a small blob\n';
      const answer = await put('small.txt', content, {
        blobHTTPHeaders: { blobContentType: 'text/plain' },
        metadata: { study: 'melt', kind: 'input' },
      });
      assert.ok(answer.etag && answer.lastModified);
      assert.equal(await get('small.txt'), content);
      const properties = await container.getBlobClient('small.txt').getProperties();
      assert.equal(properties.contentLength, content.length);
      assert.equal(properties.contentType, 'text/plain');
      assert.equal(properties.blobType, 'BlockBlob');
      assert.equal(properties.etag, answer.etag);
      assert.deepEqual(properties.metadata, { study: 'melt', kind: 'input' });
      assert.deepEqual(Buffer.from(properties.contentMD5), createHash('md5').update(content).digest());
    });

    it('replaces a blob and its metadata', async () => {
      const first = await put('replaced', 'first', { metadata: { turn: 'one' } });
      const second = await put('replaced', 'second, longer');
      assert.notEqual(first.etag, second.etag);
      assert.equal(await get('replaced'), 'second, longer');
      assert.deepEqual((await container.getBlobClient('replaced').getProperties()).metadata, {});
    });

    it('keeps an empty blob', async () => {
      await put('empty', '');
      assert.equal((await container.getBlobClient('empty').getProperties()).contentLength, 0);
      assert.equal(await get('empty'), '');
    });

    it('joins blocks in the order of the list, not of their arrival', async () => {
      const blob = container.getBlockBlobClient('blocks');
      const pieces = ['first ', 'second ', 'third'];
      for (const index of [2, 0, 1]) {
        await blob.stageBlock(blockId(index), pieces[index], pieces[index].length);
      }
      assert.equal(await blob.exists(), false, 'staged blocks alone are no blob');
      const staged = await blob.getBlockList('all');
      assert.equal(staged.uncommittedBlocks.length, 3);
      assert.equal(staged.committedBlocks?.length ?? 0, 0);

      await blob.commitBlockList([0, 1, 2].map(blockId), { metadata: { joined: 'yes' } });
      assert.equal(await get('blocks'), 'first second third');
      assert.deepEqual((await blob.getProperties()).metadata, { joined: 'yes' });
      const committed = await blob.getBlockList('all');
      assert.deepEqual(committed.committedBlocks.map((block) => [block.name, block.size]),
        pieces.map((piece, index) => [blockId(index), piece.length]));
      assert.equal(committed.uncommittedBlocks?.length ?? 0, 0);
    });

    it('commits again with a block kept, one dropped and one new', async () => {
      const blob = container.getBlockBlobClient('blocks');
      await blob.stageBlock(blockId(9), 'last', 4);
      await blob.commitBlockList([blockId(0), blockId(9)]);
      assert.equal(await get('blocks'), 'first last');
    });

    it('refuses a list with a block that was never staged', async () => {
      const blob = container.getBlockBlobClient('blocks');
      await assert.rejects(blob.commitBlockList([blockId(77)]), refusal(400, 'InvalidBlockList'));
      assert.equal(await get('blocks'), 'first last');
    });

    it('takes a large blob in parallel blocks and gives it back', async () => {
      const content = Buffer.alloc(9 * 1024 * 1024 + 17);
      for (let at = 0; at + 4 <= content.length; at += 4) {
        content.writeUInt32LE(Math.imul(at, 2654435761) >>> 0, at);
      }
      const blob = container.getBlockBlobClient('large.bin');
      await blob.uploadData(content,
        { blockSize: 1024 * 1024, maxSingleShotSize: 1024 * 1024, concurrency: 4 });
      const back = await blob.downloadToBuffer(0, undefined, { blockSize: 2 * 1024 * 1024, concurrency: 4 });
      assert.ok(content.equals(back));
    });

    it('gives ranges', async () => {
      await put('ranged', '0123456789');
      assert.equal(await get('ranged', 2, 3), '234');
      assert.equal(await get('ranged', 7), '789');
      assert.equal(await get('ranged', 8, 100), '89');
      const part = await container.getBlobClient('ranged').download(2, 3);
      assert.equal(part.contentRange, 'bytes 2-4/10');
      assert.equal(part.contentLength, 3);
      await text(part.readableStreamBody);
      await assert.rejects(container.getBlobClient('ranged').download(11, 5),
        refusal(416, 'InvalidRange'));
    });

    it('pages through a flat list: every blob once, by name, under the prefix only', async () => {
      const names = Array.from({ length: 23 }, (_, index) => `page/${String(index).padStart(2, '0')}`);
      await Promise.all(names.map((each) => put(each, each)));
      const seen = [];
      let pages = 0;
      const inTens = container.listBlobsFlat({ prefix: 'page/' }).byPage({ maxPageSize: 10 });
      for await (const page of inTens) {
        assert.ok(page.segment.blobItems.length <= 10);
        seen.push(...page.segment.blobItems);
        pages += 1;
      }
      assert.deepEqual(seen.map((item) => item.name), names);
      assert.ok(pages >= 3);
      assert.equal(seen[0].properties.contentLength, 7);
      assert.equal(seen[0].properties.blobType, 'BlockBlob');
    });

    it('lists one level of a hierarchy', async () => {
      for (const each of ['tree/a/1', 'tree/a/2', 'tree/b/deep/1', 'tree/leaf']) await put(each, 'x');
      const items = await collect(container.listBlobsByHierarchy('/', { prefix: 'tree/' }));
      const named = (kind) => items.filter((item) => item.kind === kind).map((item) => item.name).sort();
      assert.deepEqual(named('prefix'), ['tree/a/', 'tree/b/']);
      assert.deepEqual(named('blob'), ['tree/leaf']);
    });

    it('lists metadata when asked', async () => {
      const [item] = await collect(container.listBlobsFlat({ prefix: 'small.txt', includeMetadata: true }));
      assert.deepEqual(item.metadata, { study: 'melt', kind: 'input' });
    });

    it('keeps names with blanks, signs and letters from anywhere', async () => {
      const names = ['odd/a b.txt', 'odd/#1?x=y&z', 'odd/100%25.txt', 'odd/a+b', "odd/it's (1), <2>",
        'odd/Größe-水位-🌊', 'odd/..hidden', 'odd/tail.'];
      for (const each of names) await put(each, `content of ${each}`);
      for (const each of names) assert.equal(await get(each), `content of ${each}`);
      const listed = (await collect(container.listBlobsFlat({ prefix: 'odd/' }))).map((item) => item.name);
      assert.deepEqual(listed.sort(), [...names].sort());
      for (const each of names) await container.deleteBlob(each);
      assert.deepEqual(await collect(container.listBlobsFlat({ prefix: 'odd/' })), []);
    });

    it('does not overwrite when told not to', async () => {
      await put('kept', 'original');
      const conditions = { ifNoneMatch: '*' };
      await assert.rejects(put('kept', 'intruder', { conditions }), refusal(409, 'BlobAlreadyExists'));
      assert.equal(await get('kept'), 'original');
      await put('kept-new', 'fine', { conditions });
      assert.equal(await get('kept-new'), 'fine');
    });

    it('obeys If-Match', async () => {
      const { etag } = await put('matched', 'one');
      await put('matched', 'two', { conditions: { ifMatch: etag } });
      await assert.rejects(put('matched', 'three', { conditions: { ifMatch: etag } }),
        refusal(412, 'ConditionNotMet'));
      assert.equal(await get('matched'), 'two');
    });

    it('sets metadata and headers of a blob that is there', async () => {
      const blob = container.getBlobClient('small.txt');
      await blob.setMetadata({ study: 'changed' });
      await blob.setHTTPHeaders({ blobContentType: 'application/x-melt' });
      const properties = await blob.getProperties();
      assert.deepEqual(properties.metadata, { study: 'changed' });
      assert.equal(properties.contentType, 'application/x-melt');
      assert.equal(await get('small.txt'), 'a small blob\n');
    });

    it('copies a blob on the server, which needs to be let in', async () => {
      await put('original', 'to be copied', { metadata: { study: 'melt' } });
      const target = container.getBlockBlobClient('copies/a copy');
      const source = bySas('r', new Date(Date.now() + hour)).getBlobClient('original').url;
      const result = await (await target.beginCopyFromURL(source)).pollUntilDone();
      assert.equal(result.copyStatus, 'success');
      assert.equal(await get('copies/a copy'), 'to be copied');
      assert.deepEqual((await target.getProperties()).metadata, { study: 'melt' });
      await assert.rejects(target.beginCopyFromURL(container.getBlobClient('nothing').url), status(404));
    });

    it('lets only the holder of a lease write', async () => {
      await put('leased', 'before');
      const blob = container.getBlockBlobClient('leased');
      const lease = blob.getBlobLeaseClient();
      const { leaseId } = await lease.acquireLease(15);
      const held = await blob.getProperties();
      assert.deepEqual([held.leaseState, held.leaseStatus, held.leaseDuration], ['leased', 'locked', 'fixed']);
      await assert.rejects(put('leased', 'intruder'), refusal(412, 'LeaseIdMissing'));
      await assert.rejects(blob.delete(), refusal(412, 'LeaseIdMissing'));
      await assert.rejects(blob.getBlobLeaseClient().acquireLease(15), refusal(409, 'LeaseAlreadyPresent'));
      await put('leased', 'holder', { conditions: { leaseId } });
      await lease.renewLease();
      await lease.changeLease('00000000-1111-4222-8333-444444444444');
      await assert.rejects(put('leased', 'old id', { conditions: { leaseId } }),
        refusal(412, 'LeaseIdMismatchWithBlobOperation'));
      await blob.getBlobLeaseClient().breakLease(0);
      assert.equal((await blob.getProperties()).leaseState, 'broken');
      await put('leased', 'after');
      const again = blob.getBlobLeaseClient();
      await again.acquireLease(-1);
      await again.releaseLease();
      assert.equal((await blob.getProperties()).leaseState, 'available');
      assert.equal(await get('leased'), 'after');
    });

    it('lets only the holder of a lease delete a container', async () => {
      const guarded = service.getContainerClient('guarded');
      await guarded.create();
      const lease = guarded.getBlobLeaseClient();
      const { leaseId } = await lease.acquireLease(-1);
      const properties = await guarded.getProperties();
      assert.deepEqual([properties.leaseState, properties.leaseStatus, properties.leaseDuration],
        ['leased', 'locked', 'infinite']);
      const [listed] = await collect(service.listContainers({ prefix: 'guarded' }));
      assert.equal(listed.properties.leaseState, 'leased');
      await assert.rejects(guarded.delete(), refusal(412, 'LeaseIdMissing'));
      await guarded.setMetadata({ owner: 'lab' }, { conditions: { leaseId } });
      assert.deepEqual((await guarded.getProperties()).metadata, { owner: 'lab' });
      await lease.releaseLease();
      const again = await lease.acquireLease(15);
      await guarded.delete({ conditions: { leaseId: again.leaseId } });
      assert.equal(await guarded.exists(), false);
    });

    it('stages blocks from ranges of other blobs', async () => {
      await put('source', 'hello world');
      const sas = generateBlobSASQueryParameters({
        containerName: container.containerName, blobName: 'source',
        permissions: BlobSASPermissions.parse('r'), expiresOn: new Date(Date.now() + hour),
      }, credential);
      const from = `${container.getBlobClient('source').url}?${sas}`;
      const blob = container.getBlockBlobClient('from-url');
      if (!blocksFromUrl) {
        await assert.rejects(blob.stageBlockFromURL(blockId(0), from, 6, 5), status(501));
        return;
      }
      await blob.stageBlockFromURL(blockId(0), from, 6, 5);
      await blob.stageBlockFromURL(blockId(1), from, 5, 1);
      await blob.stageBlockFromURL(blockId(2), from, 0, 5);
      await blob.commitBlockList([blockId(0), blockId(1), blockId(2)]);
      assert.equal(await get('from-url'), 'world hello');
    });

    it('lists blobs of blocks alone when asked', async () => {
      await container.getBlockBlobClient('uncommitted/one').stageBlock(blockId(0), 'x', 1);
      const list = async (options) =>
        (await collect(container.listBlobsFlat({ prefix: 'uncommitted/', ...options }))).map((each) => each.name);
      assert.deepEqual(await list({}), []);
      assert.deepEqual(await list({ includeUncommitedBlobs: true }), ['uncommitted/one']);
    });

    it('lets an account SAS do what it says to what it names', async () => {
      const byAccountSas = (resourceTypes, permissions) => {
        const sas = generateAccountSASQueryParameters({
          services: AccountSASServices.parse('b').toString(),
          resourceTypes: AccountSASResourceTypes.parse(resourceTypes).toString(),
          permissions: AccountSASPermissions.parse(permissions),
          expiresOn: new Date(Date.now() + hour),
        }, credential);
        return new BlobServiceClient(`${server.blob.url}?${sas}`, new AnonymousCredential(), once);
      };
      const containers = byAccountSas('sc', 'rcdl');
      await containers.getContainerClient('by-account-sas').create();
      const names = (await collect(containers.listContainers({ prefix: 'by-' }))).map((each) => each.name);
      assert.deepEqual(names, ['by-account-sas']);
      await assert.rejects(containers.getContainerClient('stories').getBlobClient('source').download(),
        refusal(403, 'AuthorizationResourceTypeMismatch'));
      const objects = byAccountSas('o', 'r').getContainerClient('stories');
      assert.equal(await text((await objects.getBlobClient('source').download()).readableStreamBody), 'hello world');
      await assert.rejects(objects.getBlockBlobClient('source').upload('x', 1),
        refusal(403, 'AuthorizationPermissionMismatch'));
      await containers.getContainerClient('by-account-sas').delete();
    });

    it('refuses content that does not match its MD5', async () => {
      const wrong = createHash('md5').update('something else').digest();
      const blob = container.getBlockBlobClient('digest');
      await assert.rejects(blob.stageBlock(blockId(0), 'content', 7, { transactionalContentMD5: wrong }),
        refusal(400, badDigest));
      const right = createHash('md5').update('content').digest();
      await blob.stageBlock(blockId(0), 'content', 7, { transactionalContentMD5: right });
      await blob.commitBlockList([blockId(0)]);
      assert.equal(await get('digest'), 'content');

      const target = bySas('cw', new Date(Date.now() + hour)).getBlobClient('digest-put').url;
      const answer = await fetch(target, {
        method: 'PUT',
        headers: {
          'x-ms-blob-type': 'BlockBlob',
          'x-ms-version': '2021-12-02',
          'content-md5': wrong.toString('base64'),
        },
        body: 'content',
      });
      assert.deepEqual([answer.status, answer.headers.get('x-ms-error-code')], [400, badDigest]);
      await answer.text();
      assert.equal(await container.getBlobClient('digest-put').exists(), false);
    });

    it('names what is not there', async () => {
      const blob = container.getBlobClient('absent');
      await assert.rejects(blob.download(), refusal(404, 'BlobNotFound'));
      await assert.rejects(blob.delete(), refusal(404, 'BlobNotFound'));
      await assert.rejects(blob.getProperties(), status(404));
      assert.equal(await blob.exists(), false);
      const nowhere = service.getContainerClient('nowhere');
      await assert.rejects(nowhere.getBlockBlobClient('x').upload('x', 1),
        refusal(404, 'ContainerNotFound'));
      await assert.rejects(collect(nowhere.listBlobsFlat()), refusal(404, 'ContainerNotFound'));
      await assert.rejects(nowhere.delete(), refusal(404, 'ContainerNotFound'));
    });

    it('deletes a blob', async () => {
      await put('gone', 'x');
      await container.deleteBlob('gone');
      assert.equal(await container.getBlobClient('gone').exists(), false);
    });

    it('lets a container SAS read, add, create, write, delete and list', async () => {
      const guest = bySas('racwdl', new Date(Date.now() + hour));
      const blob = guest.getBlockBlobClient('guest/a b.txt');
      await blob.upload('by sas', 6);
      assert.equal(await text((await blob.download()).readableStreamBody), 'by sas');
      await blob.stageBlock(blockId(0), 'in blocks', 9);
      await blob.commitBlockList([blockId(0)]);
      assert.equal(await get('guest/a b.txt'), 'in blocks');
      const listed = await collect(guest.listBlobsFlat({ prefix: 'guest/' }));
      assert.deepEqual(listed.map((item) => item.name), ['guest/a b.txt']);
      await blob.delete();
      assert.equal(await container.getBlobClient('guest/a b.txt').exists(), false);
    });

    it('lets a SAS do no more than it says', async () => {
      const tooMuch = refusal(403, 'AuthorizationPermissionMismatch');
      const reader = bySas('r', new Date(Date.now() + hour));
      const kept = await reader.getBlobClient('kept').download();
      assert.equal(await text(kept.readableStreamBody), 'original');
      await assert.rejects(reader.getBlockBlobClient('kept').upload('x', 1), tooMuch);
      await assert.rejects(reader.getBlobClient('kept').delete(), tooMuch);
      await assert.rejects(collect(reader.listBlobsFlat()), tooMuch);
      const creator = bySas('c', new Date(Date.now() + hour));
      await assert.rejects(creator.getBlobClient('kept').download(), tooMuch);
      await assert.rejects(creator.getBlockBlobClient('kept').upload('x', 1), status(403));
      assert.equal(await get('kept'), 'original');
    });

    it('refuses an expired SAS', async () => {
      const late = bySas('racwdl', new Date(Date.now() - hour));
      await assert.rejects(late.getBlobClient('kept').download(), refusal(403, badSignature));
      await assert.rejects(late.getBlockBlobClient('kept').upload('x', 1), refusal(403, badSignature));
    });

    it('refuses a SAS that was changed after it was signed', async () => {
      const url = new URL(bySas('r', new Date(Date.now() + hour)).url);
      url.searchParams.set('sp', 'rw');
      const forged = new ContainerClient(url.href, new AnonymousCredential(), once);
      await assert.rejects(forged.getBlobClient('kept').download(), refusal(403, badSignature));
      await assert.rejects(forged.getBlockBlobClient('kept').upload('x', 1), refusal(403, badSignature));
    });

    // A client of the container that has nothing but a signature by a stored access policy.
    const byPolicy = (identifier, more = {}) => {
      const sas = generateBlobSASQueryParameters(
        { containerName: container.containerName, identifier, ...more }, credential);
      return new ContainerClient(`${container.url}?${sas}`, new AnonymousCredential(), once);
    };

    it('keeps stored access policies as they were set', async () => {
      const none = await container.getAccessPolicy();
      assert.deepEqual([none.signedIdentifiers, none.blobPublicAccess], [[], undefined]);
      const policies = [
        { id: 'readers', accessPolicy: {
          startsOn: new Date(Date.now() - hour), expiresOn: new Date(Date.now() + hour), permissions: 'rl' } },
        { id: 'ü & <writers>', accessPolicy: { permissions: 'racwd' } },
      ];
      const set = await container.setAccessPolicy('blob', policies);
      const got = await container.getAccessPolicy();
      assert.deepEqual(got.signedIdentifiers, policies);
      assert.equal(got.blobPublicAccess, 'blob');
      assert.equal(got.etag, set.etag);
      assert.equal((await container.getProperties()).etag, set.etag);
      assert.notEqual(none.etag, set.etag);
      await container.setAccessPolicy();
      const gone = await container.getAccessPolicy();
      assert.deepEqual([gone.signedIdentifiers, gone.blobPublicAccess], [[], undefined]);
    });

    it('lets a SAS by identifier do what its policy says, and nothing once that is gone', async () => {
      const reader = byPolicy('guest');
      const read = async () => text((await reader.getBlobClient('kept').download()).readableStreamBody);
      await assert.rejects(read(), refusal(403, badSignature));
      const policy = (permissions, expiresOn = new Date(Date.now() + hour)) => [
        { id: 'guest', accessPolicy: { startsOn: new Date(Date.now() - hour), expiresOn, permissions } }];
      await container.setAccessPolicy(undefined, policy('r'));
      assert.equal(await read(), 'original');
      await assert.rejects(reader.getBlobClient('kept').delete(), refusal(403, 'AuthorizationPermissionMismatch'));
      await container.setAccessPolicy(undefined, policy('l'));
      await assert.rejects(read(), refusal(403, 'AuthorizationPermissionMismatch'));
      assert.ok((await collect(reader.listBlobsFlat())).length > 0);
      await container.setAccessPolicy(undefined, policy('r', new Date(Date.now() - hour / 2)));
      await assert.rejects(read(), refusal(403, badSignature));
      await container.setAccessPolicy(undefined, policy('r'));
      assert.equal(await read(), 'original');
      await container.setAccessPolicy();
      await assert.rejects(read(), refusal(403, badSignature));
    });

    it('shows and sets policies for the account key only', async () => {
      const guest = bySas('racwdl', new Date(Date.now() + hour));
      await assert.rejects(guest.getAccessPolicy(), status(403));
      await assert.rejects(guest.setAccessPolicy(), status(403));
      const sas = generateAccountSASQueryParameters({
        services: 'b', resourceTypes: 'sco', permissions: AccountSASPermissions.parse('rwdlac'),
        expiresOn: new Date(Date.now() + hour),
      }, credential);
      const all = new ContainerClient(`${container.url}?${sas}`, new AnonymousCredential(), once);
      await assert.rejects(all.getAccessPolicy(), status(403));
      await assert.rejects(all.setAccessPolicy('container'), status(403));
    });

    it('holds a change of policies to the lease and the date that are named', async () => {
      const long = new Date(Date.now() - 24 * hour);
      await assert.rejects(container.setAccessPolicy(undefined, [], { conditions: { ifUnmodifiedSince: long } }),
        refusal(412, 'ConditionNotMet'));
      await container.setAccessPolicy(undefined, [], { conditions: { ifModifiedSince: long } });
      const lease = container.getBlobLeaseClient();
      const { leaseId } = await lease.acquireLease(15);
      await assert.rejects(
        container.setAccessPolicy(undefined, [], { conditions: { leaseId: '11111111-2222-3333-4444-555555555555' } }),
        refusal(412, 'LeaseIdMismatchWithContainerOperation'));
      await container.setAccessPolicy(undefined, [], { conditions: { leaseId } });
      await lease.releaseLease();
    });

    it('refuses what no policy can be', { skip: !judgesPolicies }, async () => {
      const notOne = refusal(400, 'InvalidXmlDocument');
      const policy = (id, permissions = 'r') => ({ id, accessPolicy: { permissions } });
      await container.setAccessPolicy(undefined, [1, 2, 3, 4, 5].map((index) => policy(`p${index}`)));
      await assert.rejects(
        container.setAccessPolicy(undefined, [1, 2, 3, 4, 5, 6].map((index) => policy(`q${index}`))), notOne);
      await assert.rejects(container.setAccessPolicy(undefined, [policy('same'), policy('same')]), notOne);
      await assert.rejects(container.setAccessPolicy(undefined, [policy('x'.repeat(65))]), notOne);
      await assert.rejects(container.setAccessPolicy(undefined, [policy('order', 'wr')]), notOne);
      const kept = (await container.getAccessPolicy()).signedIdentifiers.map((each) => each.id);
      assert.deepEqual(kept, ['p1', 'p2', 'p3', 'p4', 'p5']);
      await container.setAccessPolicy();
    });

    it('lets a SAS and its policy share what is to be said', { skip: !judgesPolicies }, async () => {
      const expiresOn = new Date(Date.now() + hour);
      const permissions = ContainerSASPermissions.parse('r');
      const read = (more) => byPolicy('half', more).getBlobClient('kept').getProperties();
      await container.setAccessPolicy(undefined, [{ id: 'half', accessPolicy: { expiresOn } }]);
      await read({ permissions });
      await assert.rejects(read({}), status(403));
      await assert.rejects(read({ permissions, expiresOn }), status(403));
      await container.setAccessPolicy(undefined, [{ id: 'half', accessPolicy: { permissions: 'r' } }]);
      await read({ expiresOn });
      await assert.rejects(read({}), status(403));
      await assert.rejects(read({ permissions, expiresOn }), status(403));
      await container.setAccessPolicy();
    });

    it('refuses a wrong key, and no key at all', async () => {
      const wrongKey = Buffer.alloc(64, 7).toString('base64');
      const stranger = new BlobServiceClient(server.blob.url,
        new StorageSharedKeyCredential(server.blob.account, wrongKey), once).getContainerClient('stories');
      await assert.rejects(stranger.getBlobClient('kept').download(), refusal(403, badSignature));
      await assert.rejects(stranger.getBlockBlobClient('kept').upload('x', 1), refusal(403, badSignature));
      await assert.rejects(stranger.delete(), refusal(403, badSignature));
      const nobody = new ContainerClient(container.url, new AnonymousCredential(), once);
      await assert.rejects(nobody.getBlockBlobClient('kept').upload('x', 1),
        (error) => [401, 403].includes(error.statusCode));
      assert.equal(await get('kept'), 'original');
    });

    it('deletes a container with all that is in it', async () => {
      await service.getContainerClient('other').delete();
      await container.delete();
      assert.equal(await container.exists(), false);
      await assert.rejects(put('x', 'x'), refusal(404, 'ContainerNotFound'));
    });
  });
}
