// Microsoft's Batch client drives the local service through the rest of the data plane: what the
// suites of Microsoft's own clients check against Azure, one story a case. Each story makes what it
// needs and stands alone, but for the pool of one node that several share.
import { rawBatch, startService, text, until } from './support.mjs';

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BatchServiceClient, BatchSharedKeyCredentials } from '@azure/batch';
import { BlobServiceClient, StorageSharedKeyCredential, ContainerSASPermissions }
  from '@azure/storage-blob';

const debian = {
  imageReference: { publisher: 'debian', offer: 'debian-12', sku: '12', version: 'latest' },
  nodeAgentSKUId: 'batch.node.debian 12',
};
const machine = { vmSize: 'STANDARD_D2S_V3', virtualMachineConfiguration: debian };
const newest = 'api-version=2025-06-01';

const refusal = (status, code, values) => (error) => {
  assert.deepEqual([error.statusCode, error.code], [status, code], error.message);
  for (const [key, value] of Object.entries(values ?? {})) {
    assert.equal(error.body.values?.find((each) => each.key === key)?.value, value);
  }
  return true;
};
const sh = (script) => `/bin/sh -c "${script}"`;

describe('every operation of the data plane', () => {
  let server, client, shared;

  const whole = (pool) => until(`pool ${pool} steady`, async () => {
    const found = await client.pool.get(pool);
    return found.allocationState === 'steady' && found;
  });
  async function addPool(id, more = {}) {
    await client.pool.add({ id, ...machine, targetDedicatedNodes: 0, ...more });
    return whole(id);
  }
  const idleNodes = (pool, count = 1) => until(`${count} idle nodes of ${pool}`, async () => {
    const nodes = [...await client.computeNode.list(pool)];
    return nodes.length === count && nodes.every((node) => node.state === 'idle') && nodes;
  });
  const jobIn = (id, state) => until(`job ${id} ${state}`, async () => {
    const job = await client.job.get(id);
    return job.state === state && job;
  });
  const taskIn = (job, id, state) => until(`task ${id} ${state}`, async () => {
    const task = await client.task.get(job, id);
    return task.state === state && task;
  });
  const gone = (what, get) => until(`${what} gone`, async () => {
    try {
      await get();
      return false;
    } catch (error) {
      assert.equal(error.statusCode, 404, error.message);
      return true;
    }
  });
  async function all(first, next) {
    const found = [];
    for (let page = await first; ; page = await next(page.odatanextLink)) {
      found.push(...page);
      if (!page.odatanextLink) return found;
    }
  }

  before(async () => {
    server = await startService();
    client = new BatchServiceClient(
      new BatchSharedKeyCredentials(server.batch.account, server.batch.key), server.batch.url,
      { noRetryPolicy: true });
    shared = 'shared';
    await client.pool.add({
      id: shared,
      ...machine,
      targetDedicatedNodes: 1,
      startTask: { commandLine: sh('echo hello > hello.txt'), waitForSuccess: true },
    });
    await idleNodes(shared);
  });
  after(async () => {
    if (!server) return;
    try {
      for (const pool of [...await client.pool.list()]) {
        if (pool.state !== 'deleting') await client.pool.deleteMethod(pool.id);
      }
      await until('all pools gone', async () => [...await client.pool.list()].length === 0);
    } finally {
      await server.stop();
    }
  });

  // ---- account

  it('lists images, and counts the nodes of a fresh pool', async () => {
    const images = await all(client.account.listSupportedImages(),
      (link) => client.account.listSupportedImagesNext(link));
    assert.ok(images.length >= 2);
    assert.ok(images.every((image) => image.nodeAgentSKUId && image.imageReference.publisher));
    const linux = await client.account.listSupportedImages(
      { accountListSupportedImagesOptions: { filter: "osType eq 'linux'" } });
    assert.ok(linux.length >= 1 && linux.length < images.length);
    assert.ok([...linux].every((image) => image.osType === 'linux'));

    await addPool('counted');
    const [counts] = await client.account.listPoolNodeCounts(
      { accountListPoolNodeCountsOptions: { filter: "poolId eq 'counted'" } });
    assert.equal(counts.poolId, 'counted');
    assert.deepEqual([counts.dedicated.total, counts.lowPriority.total, counts.dedicated.idle], [0, 0, 0]);
  });

  it('lists applications', async () => {
    assert.deepEqual([...await client.application.list()], []);
    await assert.rejects(client.application.get('none'), refusal(404, 'ApplicationNotFound'));
  });

  it('lists the use of pools', async () => {
    const used = [...await client.pool.listUsageMetrics()];
    assert.ok(used.every((each) => each.poolId && each.totalCoreHours >= 0));
  });

  it('answers what Azure has retired', async () => {
    assert.deepEqual([...await client.certificate.list()], []);
    await assert.rejects(client.certificate.get('sha1', 'ab'),
      (error) => error.statusCode >= 400 && error.statusCode < 500);
  });

  // ---- pools

  it('names the property of a pool that is wrong', async () => {
    const subnetId = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/' +
      'providers/Microsoft.Network/virtualNetworks/v/subnets/s';
    await assert.rejects(
      client.pool.add({ id: 'subnet', ...machine, networkConfiguration: { subnetId } }),
      refusal(400, 'InvalidPropertyValue', { PropertyName: 'subnetId', PropertyValue: subnetId }));
    const virtualMachineImageId = '/subscriptions/x/resourceGroups/g/not-an-image';
    await assert.rejects(
      client.pool.add({
        id: 'image',
        vmSize: 'standard_a1',
        virtualMachineConfiguration: {
          imageReference: { virtualMachineImageId }, nodeAgentSKUId: 'batch.node.debian 12' },
      }),
      refusal(400, 'InvalidPropertyValue', { PropertyName: 'virtualMachineImageId' }));
  });

  it('echoes disks and encryption with their defaults, and refuses mounts', async () => {
    await addPool('disks', {
      virtualMachineConfiguration: {
        ...debian,
        dataDisks: [{ lun: 1, diskSizeGB: 10 }],
        diskEncryptionConfiguration: { targets: ['temporarydisk'] },
      },
    });
    const found = (await client.pool.get('disks')).virtualMachineConfiguration;
    assert.deepEqual(found.diskEncryptionConfiguration.targets, ['temporarydisk']);
    assert.equal(found.dataDisks[0].lun, 1);
    assert.equal(found.dataDisks[0].diskSizeGB, 10);
    assert.equal(found.dataDisks[0].caching, 'none');
    assert.equal(found.dataDisks[0].storageAccountType.toLowerCase(), 'standard_lrs');
    await assert.rejects(
      client.pool.add({
        id: 'mounts',
        ...machine,
        mountConfiguration: [{ nfsMountConfiguration: { source: 's', relativeMountPath: 'm' } }],
      }),
      refusal(400, 'UnsupportedProperty'));
  });

  it('pages, filters and selects pools', async () => {
    await addPool('page-1');
    await addPool('page-2');
    const listed = await all(
      client.pool.list({ poolListOptions: { maxResults: 1 } }), (link) => client.pool.listNext(link));
    assert.ok(listed.length >= 3);
    assert.deepEqual(listed.map((pool) => pool.id), listed.map((pool) => pool.id).sort());
    const refused = await rawBatch(server.batch, 'GET', `/pools?${newest}&maxresults=-5`);
    assert.deepEqual([refused.status, refused.code], [400, 'InvalidQueryParameterValue']);
    const [one, ...others] = await client.pool.list(
      { poolListOptions: { filter: "startswith(id,'page-1')", select: 'id,state' } });
    assert.deepEqual(others, []);
    assert.deepEqual([one.id, one.state, one.vmSize, one.url], ['page-1', 'active', undefined, undefined]);
  });

  it('patches and replaces the properties of a pool', async () => {
    await addPool('changed', { startTask: { commandLine: sh('true') } });
    await client.pool.patch('changed', { metadata: [{ name: 'foo2', value: 'bar2' }] });
    let pool = await client.pool.get('changed');
    assert.deepEqual([pool.metadata.length, pool.metadata[0].value], [1, 'bar2']);
    assert.ok(pool.startTask);
    await client.pool.updateProperties('changed',
      { applicationPackageReferences: [], certificateReferences: [], metadata: [] });
    pool = await client.pool.get('changed');
    assert.equal(pool.startTask, undefined);
    assert.ok(!pool.metadata?.length);
  });

  it('scales a pool by a formula', async () => {
    await addPool('scaled');
    await client.pool.enableAutoScale('scaled',
      { autoScaleFormula: '$TargetDedicatedNodes=2', autoScaleEvaluationInterval: 'PT6M' });
    let pool = await client.pool.get('scaled');
    assert.deepEqual([pool.enableAutoScale, pool.targetDedicatedNodes], [true, 2]);
    assert.ok(pool.autoScaleRun.timestamp);
    await whole('scaled');
    const run = await client.pool.evaluateAutoScale('scaled', '$TargetDedicatedNodes=3');
    assert.equal(run.results,
      '$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue');
    const failed = await client.pool.evaluateAutoScale('scaled', '$something_useless');
    assert.equal(failed.error.code, 'AutoScalingFormulaEvaluationError');
    assert.equal(failed.results,
      '$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue');
    await client.pool.disableAutoScale('scaled');
    pool = await client.pool.get('scaled');
    assert.equal(pool.enableAutoScale, false);
    await assert.rejects(client.pool.evaluateAutoScale('scaled', '$TargetDedicatedNodes=1'),
      (error) => error.statusCode === 409);
  });

  it('stops a resize', async () => {
    // A start task that waits keeps the resize from ending by itself.
    await client.pool.add({ id: 'stopped', ...machine, targetDedicatedNodes: 0 });
    await whole('stopped');
    await client.pool.resize('stopped', { targetDedicatedNodes: 1, targetLowPriorityNodes: 1 });
    assert.equal((await client.pool.get('stopped')).allocationState, 'resizing');
    await client.pool.stopResize('stopped');
    const pool = await whole('stopped');
    assert.ok(pool.resizeErrors.length >= 1);
    assert.ok(pool.resizeErrors.every((error) => error.code === 'ResizeStopped'));
  });

  it('takes the nodes it is told out of a pool', async () => {
    await client.pool.add({ id: 'less', ...machine, targetDedicatedNodes: 2 });
    const [first, second] = await idleNodes('less', 2);
    await whole('less');
    await client.pool.removeNodes('less', { nodeList: [first.id] });
    assert.equal((await client.pool.get('less')).allocationState, 'resizing');
    const pool = await whole('less');
    assert.equal(pool.targetDedicatedNodes, 1);
    assert.deepEqual([...await client.computeNode.list('less')].map((node) => node.id), [second.id]);
  });

  it('deletes a pool, once', async () => {
    await addPool('twice');
    await client.pool.deleteMethod('twice');
    await assert.rejects(client.pool.deleteMethod('twice'), (error) =>
      error.code === 'PoolBeingDeleted' || error.statusCode === 404);
    await gone('pool twice', () => client.pool.get('twice'));
  });

  // ---- jobs

  it('updates, disables, enables, terminates and deletes a job', async () => {
    await client.job.add({
      id: 'life',
      poolInfo: { poolId: shared },
      jobPreparationTask: { commandLine: sh('true') },
      jobReleaseTask: { commandLine: sh('true') },
    });
    await client.job.update('life',
      { priority: 500, constraints: { maxTaskRetryCount: 3 }, poolInfo: { poolId: shared } });
    await client.job.patch('life', { priority: 900 });
    let job = await client.job.get('life');
    assert.deepEqual([job.priority, job.constraints.maxTaskRetryCount], [900, 3]);
    assert.equal(job.jobPreparationTask.id, 'jobpreparation');
    assert.ok([...await client.job.list()].some((each) => each.id === 'life'));
    await client.job.disable('life', 'requeue');
    await jobIn('life', 'disabled');
    await client.job.enable('life');
    await jobIn('life', 'active');
    assert.deepEqual([...await client.job.listPreparationAndReleaseTaskStatus('life')], []);
    await client.job.terminate('life');
    job = await jobIn('life', 'completed');
    assert.equal(job.executionInfo.terminateReason, 'UserTerminate');
    await client.job.deleteMethod('life');
    await gone('job life', () => client.job.get('life'));

    await client.job.add({ id: 'plain', poolInfo: { poolId: shared } });
    await assert.rejects(client.job.listPreparationAndReleaseTaskStatus('plain'),
      refusal(409, 'JobPreparationTaskOrReleaseTaskNotSpecified'));
    await client.job.deleteMethod('plain');
  });

  it('runs preparation and release once on a node', async () => {
    await client.job.add({
      id: 'prepared',
      poolInfo: { poolId: shared },
      jobPreparationTask: { commandLine: sh('echo prepared > mark.txt') },
      jobReleaseTask: { commandLine: sh('cat $AZ_BATCH_JOB_PREP_WORKING_DIR/mark.txt') },
    });
    await client.task.add('prepared',
      { id: 't', commandLine: sh('cat $AZ_BATCH_JOB_PREP_WORKING_DIR/mark.txt') });
    const task = await taskIn('prepared', 't', 'completed');
    assert.equal(task.executionInfo.exitCode, 0);
    let [status] = await client.job.listPreparationAndReleaseTaskStatus('prepared');
    assert.equal(status.jobPreparationTaskExecutionInfo.state, 'completed');
    assert.equal(status.jobPreparationTaskExecutionInfo.exitCode, 0);
    await client.job.terminate('prepared');
    await jobIn('prepared', 'completed');
    [status] = await client.job.listPreparationAndReleaseTaskStatus('prepared');
    assert.equal(status.jobReleaseTaskExecutionInfo.exitCode, 0);
    await client.job.deleteMethod('prepared');
  });

  // ---- tasks

  it('keeps exit conditions of a task whose pool does not exist', async () => {
    await client.job.add({
      id: 'nowhere', poolInfo: { poolId: 'no-such-pool' },
      onTaskFailure: 'performexitoptionsjobaction', usesTaskDependencies: true });
    const exitConditions = {
      exitCodes: [{ code: 1, exitOptions: { jobAction: 'none' } }],
      exitCodeRanges: [{ start: 2, end: 4, exitOptions: { jobAction: 'disable' } }],
      default: { jobAction: 'terminate', dependencyAction: 'block' },
    };
    await client.task.add('nowhere', { id: 't1', commandLine: sh('true'), exitConditions });
    const task = await client.task.get('nowhere', 't1');
    assert.equal(task.state, 'active');
    assert.equal(task.exitConditions.exitCodes[0].code, 1);
    assert.equal(task.exitConditions.exitCodeRanges[0].end, 4);
    assert.equal(task.exitConditions.exitCodeRanges[0].exitOptions.jobAction, 'disable');
    assert.equal(task.exitConditions.default.dependencyAction, 'block');
  });

  it('terminates, reactivates, updates and deletes a task that never ran', async () => {
    await client.task.add('nowhere', { id: 't2', commandLine: sh('true') });
    await client.task.terminate('nowhere', 't2');
    assert.equal((await client.task.get('nowhere', 't2')).state, 'completed');
    await client.task.reactivate('nowhere', 't2');
    assert.equal((await client.task.get('nowhere', 't2')).state, 'active');
    await client.task.update('nowhere', 't2', { constraints: { maxTaskRetryCount: 3 } });
    assert.equal((await client.task.get('nowhere', 't2')).constraints.maxTaskRetryCount, 3);
    assert.equal([...await client.task.list('nowhere')].length, 2);
    assert.deepEqual((await client.task.listSubtasks('nowhere', 't2')).value, []);
    await client.task.deleteMethod('nowhere', 't2');
    await gone('task t2', () => client.task.get('nowhere', 't2'));
  });

  it('adds collections, and counts them', async () => {
    const added = await client.task.addCollection('nowhere',
      [1, 2, 3].map((n) => ({ id: `c${n}`, commandLine: sh('true') })));
    assert.deepEqual(added.value.map((each) => each.status.toLowerCase()), ['success', 'success', 'success']);
    assert.equal([...await client.task.list('nowhere')].length, 4);
    const counts = await client.job.getTaskCounts('nowhere');
    assert.deepEqual([counts.taskCounts.completed, counts.taskCounts.active], [0, 4]);
    await client.job.deleteMethod('nowhere');
  });

  it('refuses what is too large, and takes it in halves', async () => {
    await client.job.add({ id: 'large', poolInfo: { poolId: 'no-such-pool' } });
    const files = (count, length) => Array.from({ length: count }, (_, n) => (
      { httpUrl: `http://127.0.0.1/${'x'.repeat(length)}${n}`, filePath: `file-${n}` }));
    await assert.rejects(
      client.task.add('large', { id: 'one', commandLine: sh('true'), resourceFiles: files(10000, 100) }),
      refusal(413, 'RequestBodyTooLarge'));
    // What Microsoft's helpers do: halve the chunk as long as it is too large.
    const tasks = Array.from({ length: 733 }, (_, n) => (
      { id: `m${n}`, commandLine: sh('true'), resourceFiles: files(100, 200) }));
    let size = 100;
    let refused = 0;
    for (let at = 0; at < tasks.length;) {
      const chunk = tasks.slice(at, at + size);
      try {
        const { value } = await client.task.addCollection('large', chunk);
        assert.ok(value.every((each) => each.status.toLowerCase() === 'success'));
        at += chunk.length;
      } catch (error) {
        assert.equal(error.code, 'RequestBodyTooLarge');
        refused += 1;
        size = Math.floor(size / 2);
      }
    }
    assert.ok(refused > 0);
    assert.equal((await client.job.getTaskCounts('large')).taskCounts.active, 733);
    await client.job.deleteMethod('large');
  });

  it('runs tasks in the order of their dependencies, and by their exits', async () => {
    await client.job.add({ id: 'graph', poolInfo: { poolId: shared }, usesTaskDependencies: true });
    const on = (...taskIds) => ({ taskIds });
    await client.task.addCollection('graph', [
      { id: 'join', commandLine: sh('true'), dependsOn: on('left', 'right') },
      { id: 'left', commandLine: sh('true'), dependsOn: on('top') },
      { id: 'right', commandLine: sh('exit 3'), dependsOn: on('top'),
        exitConditions: { exitCodes: [{ code: 3, exitOptions: { dependencyAction: 'satisfy' } }] } },
      { id: 'top', commandLine: sh('true') },
      { id: 'bad', commandLine: sh('exit 4') },
      { id: 'blocked', commandLine: sh('true'), dependsOn: on('bad') },
    ]);
    await taskIn('graph', 'join', 'completed');
    await taskIn('graph', 'bad', 'completed');
    const start = async (id) => (await client.task.get('graph', id)).executionInfo.startTime.getTime();
    const end = async (id) => (await client.task.get('graph', id)).executionInfo.endTime.getTime();
    assert.ok(await start('left') >= await end('top'));
    assert.ok(await start('join') >= await end('left') && await start('join') >= await end('right'));
    assert.equal((await client.task.get('graph', 'blocked')).state, 'active');
    await client.job.deleteMethod('graph');
    await client.job.add({ id: 'flat', poolInfo: { poolId: shared } });
    await assert.rejects(
      client.task.add('flat', { id: 'x', commandLine: sh('true'), dependsOn: on('y') }),
      refusal(400, 'TaskDependenciesNotSpecifiedOnJob'));
    await client.job.deleteMethod('flat');
  });

  it('ends a job by the exit of a task', async () => {
    await client.job.add({
      id: 'failing', poolInfo: { poolId: shared }, onTaskFailure: 'performexitoptionsjobaction' });
    await client.task.add('failing', { id: 't', commandLine: sh('exit 7') });
    const job = await jobIn('failing', 'completed');
    assert.equal(job.executionInfo.terminateReason, 'TaskFailed');
    await client.job.deleteMethod('failing');
  });

  it('runs a task on several nodes at once', async () => {
    await client.pool.add({
      id: 'linked', ...machine, targetDedicatedNodes: 3, enableInterNodeCommunication: true });
    await idleNodes('linked', 3);
    await client.job.add({ id: 'multi', poolInfo: { poolId: 'linked' } });
    await client.task.add('multi', {
      id: 't',
      commandLine: sh('echo $AZ_BATCH_HOST_LIST; cat $AZ_BATCH_TASK_SHARED_DIR/mark'),
      multiInstanceSettings: {
        numberOfInstances: 3,
        coordinationCommandLine:
          sh('echo $AZ_BATCH_IS_CURRENT_NODE_MASTER > $AZ_BATCH_TASK_SHARED_DIR/mark'),
      },
    });
    const task = await taskIn('multi', 't', 'completed');
    assert.equal(task.executionInfo.exitCode, 0);
    const out = await text((await client.file.getFromTask('multi', 't', 'stdout.txt')).readableStreamBody);
    const [hosts, master] = out.trim().split('\n');
    assert.equal(new Set(hosts.split(',')).size, 3);
    assert.equal(master, 'true');
    const { value } = await client.task.listSubtasks('multi', 't');
    assert.deepEqual(value.map((each) => [each.id, each.state]), [[1, 'completed'], [2, 'completed']]);
    assert.equal(new Set([...value.map((each) => each.nodeInfo.nodeId), task.nodeInfo.nodeId]).size, 3);
    await client.job.deleteMethod('multi');
  });

  // ---- files

  it('lists, reads and deletes files of tasks and nodes', async () => {
    await client.job.add({ id: 'files', poolInfo: { poolId: shared } });
    await client.task.add('files', { id: 't', commandLine: sh('echo hello') });
    await taskIn('files', 't', 'completed');
    const names = [...await client.file.listFromTask('files', 't')].map((file) => file.name);
    assert.deepEqual(names.sort(), ['stderr.txt', 'stdout.txt', 'wd']);
    const head = await client.file.getPropertiesFromTask('files', 't', 'stdout.txt');
    assert.equal(head.contentLength, 6);
    assert.ok(head.contentType);
    const read = await client.file.getFromTask('files', 't', 'stdout.txt');
    assert.equal(await text(read.readableStreamBody), 'hello\n');
    await client.file.deleteFromTask('files', 't', 'stdout.txt');
    await assert.rejects(client.file.getPropertiesFromTask('files', 't', 'stdout.txt'),
      (error) => error.statusCode === 404);

    const [node] = await idleNodes(shared);
    const listed = await all(
      client.file.listFromComputeNode(shared, node.id, { recursive: true }),
      (link) => client.file.listFromComputeNodeNext(link));
    assert.ok(listed.some((file) => file.isDirectory && file.name.includes('startup')));
    const hello = await client.file.getFromComputeNode(shared, node.id, 'startup/wd/hello.txt');
    assert.equal(await text(hello.readableStreamBody), 'hello\n');
    await client.file.deleteFromComputeNode(shared, node.id, 'startup/wd/hello.txt');
    await assert.rejects(
      client.file.getPropertiesFromComputeNode(shared, node.id, 'startup/wd/hello.txt'),
      (error) => error.statusCode === 404);
    await client.job.deleteMethod('files');
  });

  // ---- nodes

  it('shows nodes, keeps their users, and lets them take tasks or not', async () => {
    const nodes = client.computeNode;
    const [node] = await idleNodes(shared);
    assert.deepEqual([node.schedulingState, node.isDedicated], ['enabled', true]);
    await nodes.addUser(shared, node.id, { name: 'BatchTestUser', isAdmin: false, password: 'kt#_gahr!@aGERDXA' });
    await nodes.updateUser(shared, node.id, 'BatchTestUser', { password: 'liilef#$DdRGSa_ewkjh' });
    await nodes.deleteUser(shared, node.id, 'BatchTestUser');
    await assert.rejects(nodes.deleteUser(shared, node.id, 'BatchTestUser'),
      refusal(404, 'NodeUserNotFound'));
    const login = await nodes.getRemoteLoginSettings(shared, node.id);
    assert.equal(typeof login.remoteLoginIPAddress, 'string');
    assert.equal(typeof login.remoteLoginPort, 'number');
    await nodes.disableScheduling(shared, node.id);
    assert.equal((await nodes.get(shared, node.id)).schedulingState, 'disabled');
    await nodes.enableScheduling(shared, node.id);
    assert.equal((await nodes.get(shared, node.id)).schedulingState, 'enabled');
    await assert.rejects(nodes.enableScheduling(shared, node.id),
      refusal(409, 'NodeAlreadyInTargetSchedulingState'));
    assert.deepEqual([...await client.computeNodeExtension.list(shared, node.id)], []);
  });

  it('reboots and reimages a node', async () => {
    const [node] = await idleNodes(shared);
    for (const [action, state] of [['reboot', 'rebooting'], ['reimage', 'reimaging']]) {
      const earlier = (await client.computeNode.get(shared, node.id)).lastBootTime;
      await client.computeNode[action](shared, node.id);
      assert.equal((await client.computeNode.get(shared, node.id)).state, state);
      const [back] = await idleNodes(shared);
      assert.equal(back.id, node.id);
      assert.ok(back.lastBootTime > earlier);
    }
  });

  it('deallocates a node and starts it again', async () => {
    await client.pool.add({ id: 'asleep', ...machine, targetDedicatedNodes: 1 });
    const [node] = await idleNodes('asleep');
    const at = `/pools/asleep/nodes/${node.id}`;
    const state = async () =>
      JSON.parse((await rawBatch(server.batch, 'GET', `${at}?${newest}`)).body).state;
    assert.equal((await rawBatch(server.batch, 'POST', `${at}/deallocate?${newest}`, { body: '{}' })).status, 202);
    assert.ok(['deallocating', 'deallocated'].includes(await state()));
    await until('the node deallocated', async () => await state() === 'deallocated');
    assert.equal((await rawBatch(server.batch, 'POST', `${at}/start?${newest}`, { body: '' })).status, 202);
    assert.notEqual(await state(), 'deallocated');
    await idleNodes('asleep');
  });

  it('uploads the logs of a node', async () => {
    const { url, account, key } = server.blob;
    const blobs = new BlobServiceClient(url, new StorageSharedKeyCredential(account, key));
    const container = blobs.getContainerClient('logs');
    await container.create();
    const containerUrl = await container.generateSasUrl({
      permissions: ContainerSASPermissions.parse('racwl'), expiresOn: new Date(Date.now() + 3600000) });
    const [node] = await idleNodes(shared);
    const result = await client.computeNode.uploadBatchServiceLogs(
      shared, node.id, { containerUrl, startTime: new Date(Date.now() - 3600000) });
    assert.ok(result.numberOfFilesUploaded >= 1);
    assert.match(result.virtualDirectoryName, new RegExp(`/${shared}/${node.id}/`));
    await until('the logs in the container', async () => {
      let count = 0;
      for await (const blob of container.listBlobsFlat({ prefix: result.virtualDirectoryName })) {
        count += blob.name ? 1 : 0;
      }
      return count >= result.numberOfFilesUploaded;
    });
  });

  it('gives nodes the endpoints of their pool', async () => {
    await client.pool.add({
      id: 'endpoints',
      ...machine,
      targetDedicatedNodes: 1,
      networkConfiguration: {
        endpointConfiguration: {
          inboundNATPools: [{
            name: 'TestEndpointConfig', protocol: 'udp', backendPort: 64444,
            frontendPortRangeStart: 60000, frontendPortRangeEnd: 61000,
            networkSecurityGroupRules: [
              { priority: 150, access: 'allow', sourceAddressPrefix: '*' }],
          }],
        },
      },
    });
    const [node] = await idleNodes('endpoints');
    const endpoints = node.endpointConfiguration.inboundEndpoints;
    assert.equal(endpoints.length, 2);
    assert.deepEqual([endpoints[0].name, endpoints[0].protocol], ['TestEndpointConfig.0', 'udp']);
  });

  // ---- schedules

  it('makes jobs by a schedule', async () => {
    const schedules = client.jobSchedule;
    await schedules.add({
      id: 'hourly',
      schedule: { recurrenceInterval: 'PT1H' },
      jobSpecification: { poolInfo: { poolId: shared } },
    });
    assert.equal((await schedules.exists('hourly')).body, true);
    const found = await schedules.get('hourly');
    assert.equal(found.executionInfo.recentJob.id, 'hourly:job-1');
    const hours = (found.executionInfo.nextRunTime - found.creationTime) / 3600000;
    assert.ok(Math.abs(hours - 1) < 0.01, `${hours}`);
    const jobs = [...await client.job.listFromJobSchedule('hourly')];
    assert.deepEqual(jobs.map((job) => job.id), ['hourly:job-1']);

    const later = new Date(Date.now() + 3 * 24 * 3600000);
    await schedules.add({
      id: 'later',
      schedule: { doNotRunUntil: later },
      jobSpecification: { poolInfo: { poolId: shared } },
    });
    assert.deepEqual([...await client.job.listFromJobSchedule('later')], []);
    await schedules.update('later', {
      schedule: { recurrenceInterval: 'PT10H', doNotRunUntil: later },
      jobSpecification: { poolInfo: { poolId: shared } },
    });
    await schedules.patch('later', { schedule: { recurrenceInterval: 'PT5H', doNotRunUntil: later } });
    assert.ok([...await schedules.list()].length >= 2);
    await schedules.disable('later');
    assert.equal((await schedules.get('later')).state, 'disabled');
    await schedules.enable('later');
    assert.equal((await schedules.get('later')).state, 'active');
    for (const id of ['later', 'hourly']) {
      await schedules.terminate(id);
      await until(`schedule ${id} completed`, async () => (await schedules.get(id)).state === 'completed');
      await schedules.deleteMethod(id);
      await gone(`schedule ${id}`, () => schedules.get(id));
    }
    assert.equal((await schedules.exists('hourly')).body, false);
  });
});
