// Microsoft's Batch client drives the local service through what it does with pools and nodes,
// real agents included. The stories run in order.
import { rawBatch, startService, text, until } from './support.mjs';

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BatchServiceClient, BatchSharedKeyCredentials } from '@azure/batch';
import {
  ContainerClient, ContainerSASPermissions, StorageSharedKeyCredential,
  generateBlobSASQueryParameters,
} from '@azure/storage-blob';

const pool = 'conformance-nodes';
const machine = {
  imageReference: { publisher: 'debian', offer: 'debian-12', sku: '12' },
  nodeAgentSKUId: 'batch.node.debian 12',
};
const refusal = (status, code, property) => (error) => {
  assert.deepEqual([error.statusCode, error.code], [status, code], error.message);
  if (property) {
    const name = error.body.values.find(({ key }) => key === 'PropertyName');
    assert.equal(name.value, property);
  }
  return true;
};

describe('pools and nodes of the batch client against the local service', () => {
  let server, client, node;

  const get = () => client.computeNode.get(pool, node);
  const nodeIs = (...states) => until(`node ${states}`, async () =>
    states.includes((await get()).state));
  const steady = () => until('pool steady', async () => {
    const found = await client.pool.get(pool);
    return found.allocationState === 'steady' && found;
  });

  before(async () => {
    server = await startService();
    client = new BatchServiceClient(
      new BatchSharedKeyCredentials(server.batch.account, server.batch.key), server.batch.url,
      { noRetryPolicy: true });
  });
  after(async () => {
    if (!server) return;
    try {
      for (const one of [...await client.pool.list()]) {
        if (one.state !== 'deleting') await client.pool.deleteMethod(one.id);
      }
      await until('all pools gone', async () => [...await client.pool.list()].length === 0);
    } finally {
      await server.stop();
    }
  });

  it('lists images and adds a pool whose defaults it reads back', async () => {
    const images = await client.account.listSupportedImages({
      accountListSupportedImagesOptions: { filter: "verificationType eq 'verified'" } });
    assert.ok(images.length >= 10);
    await client.pool.add({
      id: pool,
      vmSize: 'Standard_D1_v2',
      virtualMachineConfiguration: { ...machine, dataDisks: [{ lun: 1, diskSizeGB: 50 }],
        diskEncryptionConfiguration: { targets: ['temporaryDisk'] } },
      targetDedicatedNodes: 1,
      userAccounts: [{ name: 'u', password: 'not to be seen' }],
      startTask: {
        commandLine: '/bin/sh -c "echo hello >hello.txt; date +%N >>$AZ_BATCH_NODE_SHARED_DIR/boots"',
      },
      networkConfiguration: { endpointConfiguration: { inboundNATPools: [{
        name: 'TestEndpointConfig', protocol: 'udp', backendPort: 64444,
        frontendPortRangeStart: 60000, frontendPortRangeEnd: 61000,
        networkSecurityGroupRules: [
          { priority: 150, access: 'allow', sourceAddressPrefix: '*' }],
      }] } },
    });
    const made = await client.pool.get(pool);
    assert.equal(made.vmSize, 'standard_d1_v2');
    assert.deepEqual(made.virtualMachineConfiguration.dataDisks,
      [{ lun: 1, caching: 'none', diskSizeGB: 50, storageAccountType: 'standard_lrs' }]);
    assert.equal(made.userAccounts[0].name, 'u');
    assert.equal(made.userAccounts[0].password, undefined);
    await steady();
    node = [...await client.computeNode.list(pool)][0].id;
    await nodeIs('idle');
  });

  it('is told which property is wrong', async () => {
    const bad = (more) => client.pool.add({ id: 'bad', vmSize: 'small', targetDedicatedNodes: 0,
      virtualMachineConfiguration: machine, ...more });
    const zero = '00000000-0000-0000-0000-000000000000';
    await assert.rejects(bad({ networkConfiguration: { subnetId:
      `/subscriptions/${zero}/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/s` } }),
    refusal(400, 'InvalidPropertyValue', 'subnetId'));
    await assert.rejects(bad({ virtualMachineConfiguration: { ...machine, imageReference: {
      virtualMachineImageId: `/subscriptions/${zero}/resourceGroups/g/providers/Microsoft.Compute/gallery/x` } } }),
    refusal(400, 'InvalidPropertyValue', 'virtualMachineImageId'));
  });

  it('patches and replaces properties', async () => {
    await client.pool.patch(pool, { metadata: [{ name: 'foo', value: 'bar' }] });
    let found = await client.pool.get(pool);
    assert.equal(found.metadata[0].name, 'foo');
    assert.ok(found.startTask);
    const { startTask } = found;
    await client.pool.updateProperties(pool,
      { metadata: [], certificateReferences: [], applicationPackageReferences: [] });
    found = await client.pool.get(pool);
    assert.equal(found.startTask, undefined);
    assert.equal((await get()).startTask.commandLine, startTask.commandLine);
    await client.pool.patch(pool, { startTask });
  });

  it('reads a node with its endpoints', async () => {
    const found = await get();
    assert.equal(found.schedulingState, 'enabled');
    assert.equal(found.isDedicated, true);
    assert.equal(found.endpointConfiguration.inboundEndpoints.length, 2);
    assert.equal(found.endpointConfiguration.inboundEndpoints[0].name, 'TestEndpointConfig.0');
    assert.equal(found.endpointConfiguration.inboundEndpoints[0].protocol, 'udp');
    const login = await client.computeNode.getRemoteLoginSettings(pool, node);
    assert.equal(typeof login.remoteLoginIPAddress, 'string');
    assert.equal(login.remoteLoginPort, 22);
    assert.equal([...await client.computeNodeExtension.list(pool, node)].length, 0);
  });

  it('adds, updates and deletes a user', async () => {
    const user = { name: 'bob', isAdmin: false, password: 'kt#_gahr!@aGERDXA', expiryTime: new Date(Date.now() + 1e6) };
    assert.equal((await client.computeNode.addUser(pool, node, user))._response.status, 201);
    await assert.rejects(client.computeNode.addUser(pool, node, user), refusal(409, 'NodeUserExists'));
    await client.computeNode.updateUser(pool, node, 'bob', { password: 'liilef#$DdRGSa_ewkjh' });
    await client.computeNode.deleteUser(pool, node, 'bob');
    await assert.rejects(client.computeNode.deleteUser(pool, node, 'bob'), refusal(404, 'NodeUserNotFound'));
  });

  it('disables and enables scheduling', async () => {
    await client.computeNode.disableScheduling(pool, node);
    assert.equal((await get()).schedulingState, 'disabled');
    await assert.rejects(client.computeNode.disableScheduling(pool, node),
      refusal(409, 'NodeAlreadyInTargetSchedulingState'));
    await client.computeNode.enableScheduling(pool, node);
    assert.equal((await get()).schedulingState, 'enabled');
  });

  it('reads and deletes files of the node', async () => {
    const names = (await client.file.listFromComputeNode(pool, node, { recursive: true }))
      .map(({ name }) => name);
    assert.ok(names.includes('startup'));
    assert.ok(names.includes('startup/wd/hello.txt'));
    const hello = await client.file.getFromComputeNode(pool, node, 'startup/wd/hello.txt');
    assert.equal(await text(hello.readableStreamBody), 'hello\n');
    await client.file.deleteFromComputeNode(pool, node, 'startup/wd/hello.txt');
    await assert.rejects(client.file.getPropertiesFromComputeNode(pool, node, 'startup/wd/hello.txt'),
      (error) => error.statusCode === 404);
  });

  const sharedFiles = async () =>
    (await client.file.listFromComputeNode(pool, node, { recursive: true }))
      .map(({ name }) => name).filter((name) => name.startsWith('shared/'));

  it('reboots a node, which keeps its files and runs its start task again', async () => {
    await client.computeNode.reboot(pool, node);
    assert.equal((await get()).state, 'rebooting');
    await nodeIs('idle');
    const boots = await client.file.getFromComputeNode(pool, node, 'shared/boots');
    assert.equal((await text(boots.readableStreamBody)).trim().split('\n').length, 2);
  });

  it('ends what runs on a node that reboots and runs it again', async () => {
    await client.job.add({ id: 'j', poolInfo: { poolId: pool } });
    await client.task.add('j', { id: 't', commandLine:
      '/bin/sh -c "echo run >>$AZ_BATCH_NODE_SHARED_DIR/runs; sleep 600"' });
    await until('task running', async () => (await client.task.get('j', 't')).state === 'running');
    await until('its first line', async () => (await sharedFiles()).includes('shared/runs'));
    await client.computeNode.reboot(pool, node);
    await until('task running again', async () => {
      const task = await client.task.get('j', 't');
      return task.state === 'running' && task.executionInfo.requeueCount === 1;
    });
    await until('its second line', async () => {
      const runs = await client.file.getFromComputeNode(pool, node, 'shared/runs');
      return (await text(runs.readableStreamBody)) === 'run\nrun\n';
    });
    await client.task.terminate('j', 't');
    await nodeIs('idle');
    assert.equal((await get()).recentTasks.at(-1).taskState, 'completed');
  });

  it('reimages a node, which loses its files', async () => {
    assert.ok((await sharedFiles()).includes('shared/runs'));
    await client.computeNode.reimage(pool, node);
    assert.equal((await get()).state, 'reimaging');
    await nodeIs('idle');
    assert.deepEqual(await sharedFiles(), ['shared/boots']);
  });

  it('deallocates and starts a node', async () => {
    const post = async (what) => {
      const answer = await rawBatch(server.batch, 'POST',
        `/pools/${pool}/nodes/${node}/${what}?api-version=2024-07-01.20.0`, { body: '{}' });
      assert.equal(answer.status, 202, answer.body);
    };
    await post('deallocate');
    assert.match((await get()).state, /^deallocat/);
    await nodeIs('deallocated');
    assert.equal([...await client.account.listPoolNodeCounts()].length, 1);
    await post('start');
    await nodeIs('idle');
    assert.ok((await sharedFiles()).includes('shared/boots'));
  });

  it('uploads the logs of a node', async () => {
    const credential = new StorageSharedKeyCredential(server.blob.account, server.blob.key);
    const container = new ContainerClient(`${server.blob.url}/logs`, credential);
    await container.create();
    const sas = generateBlobSASQueryParameters({ containerName: 'logs',
      permissions: ContainerSASPermissions.parse('rwcl'), expiresOn: new Date(Date.now() + 1e6) },
    credential);
    const result = await client.computeNode.uploadBatchServiceLogs(pool, node,
      { containerUrl: `${container.url}?${sas}`, startTime: new Date(Date.now() - 1e7) });
    assert.ok(result.numberOfFilesUploaded >= 1);
    assert.match(result.virtualDirectoryName, new RegExp(`^[a-z]+-[0-9a-f]{16}/${pool}/${node}/`));
    await until('the logs', async () => {
      let found = 0;
      for await (const blob of container.listBlobsFlat({ prefix: result.virtualDirectoryName })) {
        found += blob.properties.contentLength >= 0 ? 1 : 0;
      }
      return found === result.numberOfFilesUploaded;
    });
  });

  it('stops a resize, which says so, and removes nodes', async () => {
    await client.pool.resize(pool, { targetDedicatedNodes: 3, targetLowPriorityNodes: 2 });
    await client.pool.stopResize(pool);
    const stopped = await steady();
    assert.equal(stopped.targetDedicatedNodes, 3);
    assert.deepEqual(stopped.resizeErrors.map(({ code }) => code), ['ResizeStopped', 'ResizeStopped']);
    await client.pool.removeNodes(pool, { nodeList: [node] });
    const smaller = await client.pool.get(pool);
    assert.equal(smaller.targetDedicatedNodes, 2);
    await until('the node gone', async () => {
      const left = await client.computeNode.list(pool);
      return !left.some(({ id }) => id === node);
    });
    await steady();
  });

  it('preempts a low-priority node, whose task runs elsewhere', async () => {
    await client.pool.resize(pool, { targetDedicatedNodes: 0, targetLowPriorityNodes: 2 });
    await steady();
    const nodes = await client.computeNode.list(pool);
    assert.equal(nodes.length, 2);
    await until('both idle', async () =>
      (await client.computeNode.list(pool)).every(({ state }) => state === 'idle'));
    await client.task.add('j', { id: 'moved', commandLine: 'sleep 600' });
    const running = await until('task running', async () => {
      const task = await client.task.get('j', 'moved');
      return task.state === 'running' && task;
    });
    node = running.nodeInfo.nodeId;
    const answer = await rawBatch(server.batch, 'POST',
      `/pools/${pool}/nodes/${node}/preempt?api-version=2024-07-01.20.0&returnAfter=PT2S`, { body: '{}' });
    assert.equal(answer.status, 202, answer.body);
    assert.equal((await get()).state, 'preempted');
    const moved = await client.task.get('j', 'moved');
    assert.equal(moved.state, 'running');
    assert.notEqual(moved.nodeInfo.nodeId, node);
    assert.deepEqual([moved.executionInfo.requeueCount, moved.executionInfo.retryCount], [0, 0]);
    await nodeIs('idle');
  });

  it('has no certificates', async () => {
    assert.equal([...await client.certificate.list()].length, 0);
    await assert.rejects(client.certificate.get('sha1', '0123'), refusal(404, 'CertificateNotFound'));
  });

  it('measures usage', async () => {
    const usage = await client.pool.listUsageMetrics();
    assert.ok(usage.some(({ poolId, totalCoreHours }) => poolId === pool && totalCoreHours > 0));
  });

  it('deletes a pool once', async () => {
    await client.job.deleteMethod('j');
    await client.pool.deleteMethod(pool);
    await assert.rejects(client.pool.deleteMethod(pool), refusal(409, 'PoolBeingDeleted'));
    await until('pool gone', async () => !(await client.pool.exists(pool)).body);
  });
});
