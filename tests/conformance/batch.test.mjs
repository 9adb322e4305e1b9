// Microsoft's Batch client drives the local service through the life of a pool, a job and its tasks.
// The stories run in order: each stands on what those before it made.
import { processesWith, rawBatch, startService, text, until } from './support.mjs';

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { BatchServiceClient, BatchSharedKeyCredentials } from '@azure/batch';

const pool = 'conformance-pool';
const job = 'conformance-job';
const apiVersion = 'api-version=2022-10-01.16.0';

const debian = {
  imageReference: { publisher: 'debian', offer: 'debian-12', sku: '12', version: 'latest' },
  nodeAgentSKUId: 'batch.node.debian 12',
};

const refusal = (status, code) => (error) => {
  assert.deepEqual([error.statusCode, error.code], [status, code], error.message);
  return true;
};
const sh = (script) => `/bin/sh -c "${script}"`;
const numbered = (prefix, count) =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(3, '0')}`);

describe('batch client against the local service', () => {
  let server, client;

  const connect = (account, key) =>
    new BatchServiceClient(
      new BatchSharedKeyCredentials(account, key), server.batch.url, { noRetryPolicy: true });

  async function allTasks(options = {}) {
    const pages = [await client.task.list(job, { taskListOptions: options })];
    while (pages.at(-1).odatanextLink) {
      pages.push(await client.task.listNext(pages.at(-1).odatanextLink));
    }
    return { pages, tasks: pages.flatMap((page) => [...page]) };
  }
  const taskCompleted = (taskId, seconds) => until(`task ${taskId} completed`, async () => {
    const task = await client.task.get(job, taskId);
    return task.state === 'completed' && task;
  }, seconds);
  const taskFile = async (taskId, file, options) =>
    text((await client.file.getFromTask(job, taskId, file, options)).readableStreamBody);
  async function names(firstPage, next) {
    const found = [];
    for (let page = await firstPage; ; page = await next(page.odatanextLink)) {
      found.push(...[...page].map((file) => file.name));
      if (!page.odatanextLink) return found;
    }
  }

  // What a refused request must leave as it was.
  async function everything() {
    const tag = (thing) => [thing.id, thing.eTag, thing.state];
    return {
      pools: [...await client.pool.list()].map(tag),
      jobs: [...await client.job.list()].map(tag),
      tasks: (await allTasks()).tasks.map(tag),
    };
  }
  async function changesNothing(action) {
    const earlier = await everything();
    await action();
    assert.deepEqual(await everything(), earlier);
  }

  async function dropPools() {
    for (const each of [...await client.pool.list()]) {
      if (each.state !== 'deleting') await client.pool.deleteMethod(each.id);
    }
    await until('all pools gone', async () => [...await client.pool.list()].length === 0);
  }

  before(async () => {
    server = await startService();
    client = connect(server.batch.account, server.batch.key);
  });
  after(async () => {
    if (!server) return;
    // A story that failed leaves its pool; its agents must not outlive the run.
    await dropPools().finally(() => server.stop());
  });

  // ---- who may come in

  it('refuses a wrong key', async () => {
    const stranger = connect(server.batch.account, Buffer.alloc(64, 7).toString('base64'));
    await assert.rejects(stranger.pool.list(), refusal(403, 'AuthenticationFailed'));
    await assert.rejects(stranger.job.add({ id: 'intruder', poolInfo: { poolId: pool } }),
      refusal(403, 'AuthenticationFailed'));
    await assert.rejects(connect('somebody', server.batch.key).pool.list(),
      refusal(403, 'AuthenticationFailed'));
    assert.deepEqual([...await client.job.list()], []);
  });

  it('refuses a request without a signature', async () => {
    const answer = await rawBatch(server.batch, 'GET', `/pools?${apiVersion}`, { sign: false });
    assert.ok([401, 403].includes(answer.status), `${answer.status}`);
    assert.equal(answer.code, 'AuthenticationFailed');
  });

  it('refuses a request without an api-version', async () => {
    const answer = await rawBatch(server.batch, 'GET', '/pools');
    assert.deepEqual([answer.status, answer.code], [400, 'MissingRequiredQueryParameter']);
  });

  it('answers with request id, DataServiceId and odata.metadata', async () => {
    const answer = await rawBatch(server.batch, 'GET', `/pools?${apiVersion}`);
    assert.equal(answer.status, 200);
    assert.match(answer.headers['request-id'], /^[0-9a-f-]{36}$/);
    assert.match(JSON.parse(answer.body)['odata.metadata'], /\$metadata#pools$/);
  });

  // ---- pool

  it('adds a pool, whose node starts and becomes idle', async () => {
    assert.equal((await client.pool.exists(pool)).body, false);
    const added = await client.pool.add({
      id: pool,
      displayName: 'Conformance',
      vmSize: 'STANDARD_D2S_V3',
      virtualMachineConfiguration: debian,
      targetDedicatedNodes: 1,
      taskSlotsPerNode: 2,
      startTask: { commandLine: sh('echo started > started.txt'), waitForSuccess: true },
      metadata: [{ name: 'purpose', value: 'conformance' }],
    });
    assert.match(added.eTag, /^0x[0-9A-F]+$/);
    assert.ok(added.lastModified instanceof Date);
    assert.equal((await client.pool.exists(pool)).body, true);

    const steady = await until('pool steady', async () => {
      const found = await client.pool.get(pool);
      return found.allocationState === 'steady' && found;
    });
    assert.deepEqual(
      [steady.state, steady.currentDedicatedNodes, steady.targetDedicatedNodes, steady.taskSlotsPerNode],
      ['active', 1, 1, 2]);
    assert.equal(steady.displayName, 'Conformance');
    assert.deepEqual(steady.metadata, [{ name: 'purpose', value: 'conformance' }]);
    await until('node idle', async () => (await client.computeNode.list(pool))[0]?.state === 'idle');
  });

  it('shows the node, by list and by id', async () => {
    const [listed, ...others] = [...await client.computeNode.list(pool)];
    assert.deepEqual(others, []);
    const node = await client.computeNode.get(pool, listed.id);
    assert.deepEqual([node.id, node.state, node.schedulingState, node.isDedicated],
      [listed.id, 'idle', 'enabled', true]);
    assert.match(node.ipAddress, /^\d+\.\d+\.\d+\.\d+$/);
    assert.equal(node.startTaskInfo.exitCode, 0);
    await assert.rejects(client.computeNode.get(pool, 'tvm-none'), refusal(404, 'NodeNotFound'));
  });

  it('shows the files of the node', async () => {
    const [node] = await client.computeNode.list(pool);
    const found = await names(
      client.file.listFromComputeNode(pool, node.id, { recursive: true }),
      (link) => client.file.listFromComputeNodeNext(link));
    for (const expected of ['startup', 'startup/stdout.txt', 'startup/wd', 'startup/wd/started.txt']) {
      assert.ok(found.includes(expected), `${expected} in ${found}`);
    }
    const file = await client.file.getFromComputeNode(pool, node.id, 'startup/wd/started.txt');
    assert.equal(await text(file.readableStreamBody), 'started\n');
  });

  it('sizes a pool by a formula', async () => {
    const scaled = 'conformance-autoscale';
    await client.pool.add({ id: scaled, vmSize: 'small', virtualMachineConfiguration: debian });
    const steady = (nodes) => until(`${scaled} steady with ${nodes} nodes`, async () => {
      const found = await client.pool.get(scaled);
      return found.allocationState === 'steady' && found.currentDedicatedNodes === nodes;
    });
    await steady(0);
    await assert.rejects(client.pool.evaluateAutoScale(scaled, '$TargetDedicatedNodes=3'),
      refusal(409, 'OperationNotValidOnPool'));
    await client.pool.enableAutoScale(scaled, {
      autoScaleFormula: '$TargetDedicatedNodes=1', autoScaleEvaluationInterval: 'PT6M' });
    const enabled = await client.pool.get(scaled);
    assert.deepEqual(
      [enabled.enableAutoScale, enabled.autoScaleEvaluationInterval, enabled.targetDedicatedNodes],
      [true, 'PT6M', 1]);
    assert.ok(enabled.autoScaleRun.timestamp instanceof Date);

    const evaluated = await client.pool.evaluateAutoScale(scaled, '$TargetDedicatedNodes=3');
    assert.equal(evaluated.results,
      '$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue');
    const failed = await client.pool.evaluateAutoScale(scaled, '$something_useless');
    assert.equal(failed.error.code, 'AutoScalingFormulaEvaluationError');
    assert.equal(failed.results,
      '$TargetDedicatedNodes=1;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue');

    await steady(1);
    await client.pool.disableAutoScale(scaled);
    assert.equal((await client.pool.get(scaled)).enableAutoScale, false);
    await client.pool.deleteMethod(scaled);
    await until(`${scaled} gone`, async () => !(await client.pool.exists(scaled)).body);
  });

  it('runs a task over the nodes of a pool', async () => {
    const [together, many] = ['conformance-together', 'conformance-many'];
    await client.pool.add({
      id: together, vmSize: 'small', virtualMachineConfiguration: debian,
      targetDedicatedNodes: 2, taskSlotsPerNode: 1, enableInterNodeCommunication: true });
    await client.job.add({ id: many, poolInfo: { poolId: together } });
    await client.task.add(many, {
      id: 'both',
      commandLine: sh('echo $AZ_BATCH_HOST_LIST $AZ_BATCH_IS_CURRENT_NODE_MASTER; exit 3'),
      multiInstanceSettings: {
        numberOfInstances: 2,
        coordinationCommandLine: sh('sleep 600 & echo $AZ_BATCH_IS_CURRENT_NODE_MASTER') },
    });
    const task = await until('both nodes are through', async () => {
      const found = await client.task.get(many, 'both');
      return found.state === 'completed' && found;
    });
    assert.equal(task.executionInfo.exitCode, 3);
    const { value: subtasks } = await client.task.listSubtasks(many, 'both');
    assert.deepEqual(subtasks.map(({ id, state, result, exitCode }) => [id, state, result, exitCode]),
      [[1, 'completed', 'success', 0]]);
    const nodes = [...await client.computeNode.list(together)];
    const ipOf = ({ nodeId }) => nodes.find((node) => node.id === nodeId).ipAddress;
    const output = await client.file.getFromTask(many, 'both', 'stdout.txt');
    assert.equal(await text(output.readableStreamBody),
      `true\n${ipOf(task.nodeInfo)},${ipOf(subtasks[0].nodeInfo)} true\n`);
    const { nodeId, taskRootDirectory } = subtasks[0].nodeInfo;
    assert.equal(taskRootDirectory, `workitems/${many}/job-1/both/1`);
    const other = await client.file.getFromComputeNode(
      together, nodeId, `${taskRootDirectory}/stdout.txt`);
    assert.equal(await text(other.readableStreamBody), 'false\n');
    await client.job.deleteMethod(many);
    await client.pool.deleteMethod(together);
    await until(`${together} gone`, async () => !(await client.pool.exists(together)).body);
    await until(`${many} gone`, async () => [...await client.job.list()].length === 0);
  });

  it('adds a pool of one id once', async () => {
    const earlier = await client.pool.get(pool);
    await assert.rejects(client.pool.add({
      id: pool,
      vmSize: 'standard_d2s_v3',
      virtualMachineConfiguration: debian,
      targetDedicatedNodes: 5,
    }), refusal(409, 'PoolExists'));
    const later = await client.pool.get(pool);
    assert.deepEqual([later.eTag, later.targetDedicatedNodes], [earlier.eTag, 1]);
  });

  // ---- job

  it('adds a job once and shows it', async () => {
    const added = await client.job.add({
      id: job,
      displayName: 'Stories',
      poolInfo: { poolId: pool },
      priority: 7,
      commonEnvironmentSettings: [{ name: 'FROM_JOB', value: 'job' }, { name: 'WHO', value: 'job' }],
    });
    assert.match(added.eTag, /^0x[0-9A-F]+$/);
    const found = await client.job.get(job);
    assert.deepEqual([found.id, found.state, found.displayName, found.priority, found.poolInfo.poolId],
      [job, 'active', 'Stories', 7, pool]);
    assert.equal(found.eTag, added.eTag);
    assert.deepEqual([...await client.job.list()].map((each) => each.id), [job]);
    await changesNothing(() => assert.rejects(
      client.job.add({ id: job, poolInfo: { poolId: 'another' } }), refusal(409, 'JobExists')));
  });

  // ---- tasks

  it('runs a task with its environment, in its directory', async () => {
    await client.task.add(job, {
      id: 'hello',
      commandLine: sh(
        "env; pwd > where; mkdir 'sub dir'; echo nested > 'sub dir/a+b.txt'; echo trouble >&2"),
      environmentSettings: [{ name: 'FROM_TASK', value: 'a "b" $c' }, { name: 'WHO', value: 'task' }],
    });
    const task = await taskCompleted('hello');
    assert.deepEqual([task.executionInfo.exitCode, task.executionInfo.result, task.executionInfo.retryCount],
      [0, 'success', 0]);
    assert.equal(task.executionInfo.failureInfo, undefined);
    assert.ok(task.executionInfo.startTime <= task.executionInfo.endTime);
    assert.equal(task.previousState, 'running');

    const output = await taskFile('hello', 'stdout.txt');
    const seen = Object.fromEntries(output.split('\n').filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
    const expected = {
      AZ_BATCH_ACCOUNT_NAME: server.batch.account,
      AZ_BATCH_JOB_ID: job,
      AZ_BATCH_NODE_ID: task.nodeInfo.nodeId,
      AZ_BATCH_NODE_IS_DEDICATED: 'true',
      AZ_BATCH_POOL_ID: pool,
      AZ_BATCH_TASK_DIR: `${seen.AZ_BATCH_NODE_ROOT_DIR}/workitems/${job}/job-1/hello`,
      AZ_BATCH_TASK_ID: 'hello',
      AZ_BATCH_TASK_WORKING_DIR: `${seen.AZ_BATCH_TASK_DIR}/wd`,
      AZ_BATCH_NODE_SHARED_DIR: `${seen.AZ_BATCH_NODE_ROOT_DIR}/shared`,
      FROM_JOB: 'job',
      FROM_TASK: 'a "b" $c',
      WHO: 'task',
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(seen[name], value, name);
    assert.equal(await taskFile('hello', 'wd/where'), `${seen.AZ_BATCH_TASK_WORKING_DIR}\n`);
    assert.equal(await taskFile('hello', 'stderr.txt'), 'trouble\n');
  });

  it('lists the files of a task, flat and recursive', async () => {
    const list = (options) => names(
      client.file.listFromTask(job, 'hello', options), (link) => client.file.listFromTaskNext(link));
    const top = await list();
    for (const expected of ['stdout.txt', 'stderr.txt', 'wd']) {
      assert.ok(top.includes(expected), `${expected} in ${top}`);
    }
    assert.ok(!top.includes('wd/where'));
    const all = await list({ recursive: true });
    for (const expected of ['stdout.txt', 'wd', 'wd/where', 'wd/sub dir', 'wd/sub dir/a+b.txt']) {
      assert.ok(all.includes(expected), `${expected} in ${all}`);
    }
    const some = await list(
      { recursive: true, fileListFromTaskOptions: { filter: "startswith(name,'wd/sub')" } });
    assert.deepEqual(some.sort(), ['wd/sub dir', 'wd/sub dir/a+b.txt']);
    const paged = await list({ recursive: true, fileListFromTaskOptions: { maxResults: 2 } });
    assert.deepEqual(paged.sort(), [...all].sort());
  });

  it('gives a file, a range of it, and its properties', async () => {
    assert.equal(await taskFile('hello', 'wd/sub dir/a+b.txt'), 'nested\n');
    const range = (ocpRange) =>
      taskFile('hello', 'wd/sub dir/a+b.txt', { fileGetFromTaskOptions: { ocpRange } });
    assert.equal(await range('bytes=0-2'), 'nes');
    assert.equal(await range('bytes=4-100'), 'ed\n');
    const properties = await client.file.getPropertiesFromTask(job, 'hello', 'wd/sub dir/a+b.txt');
    // The service writes False, as .NET does; the client takes true and false only and gives the text.
    assert.deepEqual([properties.contentLength, properties.ocpBatchFileIsdirectory], [7, 'False']);
    assert.ok(properties.lastModified instanceof Date);
    const absent = await rawBatch(
      server.batch, 'GET', `/jobs/${job}/tasks/hello/files/wd%2Fabsent?${apiVersion}`);
    assert.deepEqual([absent.status, absent.code], [404, 'FileNotFound']);
    await assert.rejects(client.file.getPropertiesFromTask(job, 'hello', 'wd/absent'),
      (error) => error.statusCode === 404);
  });

  it('says how a task failed', async () => {
    await client.task.add(job, { id: 'exits-3', commandLine: sh('exit 3') });
    await client.task.add(job, { id: 'no-such-program', commandLine: '/no/such/program' });
    const { executionInfo } = await taskCompleted('exits-3');
    assert.deepEqual([executionInfo.exitCode, executionInfo.result, executionInfo.retryCount],
      [3, 'failure', 0]);
    assert.deepEqual([executionInfo.failureInfo.category, executionInfo.failureInfo.code],
      ['usererror', 'FailureExitCode']);
    const absent = (await taskCompleted('no-such-program')).executionInfo;
    assert.deepEqual([absent.result, absent.failureInfo.category, absent.failureInfo.code],
      ['failure', 'usererror', 'CommandProgramNotFound']);
  });

  it('retries as often as it was told', async () => {
    await client.task.add(job, {
      id: 'never-well', commandLine: sh('echo try; exit 1'), constraints: { maxTaskRetryCount: 2 },
    });
    await client.task.add(job, {
      id: 'well-at-second',
      commandLine: sh('mkdir $AZ_BATCH_NODE_SHARED_DIR/been-here && exit 1; true'),
      constraints: { maxTaskRetryCount: 5 },
    });
    const never = (await taskCompleted('never-well')).executionInfo;
    assert.deepEqual([never.exitCode, never.result, never.retryCount], [1, 'failure', 2]);
    assert.ok(never.lastRetryTime instanceof Date);
    const second = (await taskCompleted('well-at-second')).executionInfo;
    assert.deepEqual([second.exitCode, second.result, second.retryCount], [0, 'success', 1]);
  });

  it('ends a task that runs too long, with all that it started', async () => {
    const seconds = `${3000 + randomInt(1000)}.${randomInt(100000, 999999)}`;  // nobody else's sleep
    await client.task.add(job, {
      id: 'too-long',
      commandLine: sh(
        `sleep ${seconds} & setsid sleep ${seconds} & (setsid nohup sleep ${seconds} &) ; wait`),
      constraints: { maxWallClockTime: 'PT2S', maxTaskRetryCount: 3 },
    });
    await until('the tree of the task', () => processesWith(`sleep ${seconds}`).length >= 3);
    const { executionInfo } = await taskCompleted('too-long');
    assert.deepEqual([executionInfo.result, executionInfo.retryCount, executionInfo.failureInfo.code],
      ['failure', 0, 'TaskEnded']);
    assert.ok(executionInfo.endTime - executionInfo.startTime < 20000);
    await until('the tree to end', () => processesWith(`sleep ${seconds}`).length === 0, 10);
  });

  it('terminates a running task at once', async () => {
    await client.task.add(job, { id: 'runs', commandLine: sh('sleep 3600') });
    await until('task running', async () => (await client.task.get(job, 'runs')).state === 'running');
    assert.equal((await client.task.terminate(job, 'runs'))._response.status, 204);
    const task = await client.task.get(job, 'runs');
    assert.deepEqual([task.state, task.executionInfo.result, task.executionInfo.failureInfo.code],
      ['completed', 'failure', 'TaskEnded']);
    await assert.rejects(client.task.terminate(job, 'runs'), refusal(409, 'TaskCompleted'));
  });

  it('runs a failed task again when it is reactivated, a good one not', async () => {
    assert.equal((await client.task.reactivate(job, 'exits-3'))._response.status, 204);
    const { executionInfo } = await taskCompleted('exits-3');
    assert.equal(executionInfo.exitCode, 3);
    await assert.rejects(client.task.reactivate(job, 'hello'), refusal(409, 'TaskSucceeded'));
  });

  it('adds a task of one id once', () => changesNothing(() =>
    assert.rejects(client.task.add(job, { id: 'hello', commandLine: 'true' }), refusal(409, 'TaskExists'))));

  it('knows which tasks it does not have', async () => {
    await assert.rejects(client.task.get(job, 'absent'), refusal(404, 'TaskNotFound'));
    await assert.rejects(client.task.get('absent', 'hello'), refusal(404, 'JobNotFound'));
    await assert.rejects(client.task.add('absent', { id: 't', commandLine: 'true' }),
      refusal(404, 'JobNotFound'));
  });

  // ---- many tasks

  it('adds a hundred tasks at once', async () => {
    const tasks = numbered('many-', 100).map(
      (id, index) => ({ id, commandLine: sh(`exit ${index % 10 === 0 ? 1 : 0}`) }));
    const { value } = await client.task.addCollection(job, tasks);
    assert.deepEqual(value.map((each) => each.taskId).sort(), tasks.map((each) => each.id));
    for (const each of value) {
      assert.equal(each.status.toLowerCase(), 'success');
      assert.match(each.eTag, /^0x[0-9A-F]+$/);
      assert.ok(each.location.includes(`/jobs/${job}/tasks/${each.taskId}`));
    }
  });

  it('tells each task of a collection its own fate', async () => {
    const { value } = await client.task.addCollection(job,
      ['many-000', 'fresh', 'many-001'].map((id) => ({ id, commandLine: '/bin/true' })));
    const fate = Object.fromEntries(
      value.map((each) => [each.taskId, [each.status.toLowerCase(), each.error?.code]]));
    assert.deepEqual(fate, {
      'many-000': ['clienterror', 'TaskExists'],
      'many-001': ['clienterror', 'TaskExists'],
      fresh: ['success', undefined],
    });
  });

  it('counts tasks once all are completed', async () => {
    const counts = await until('all tasks completed', async () => {
      const { taskCounts } = await client.job.getTaskCounts(job);
      return taskCounts.active + taskCounts.running === 0 && taskCounts;
    }, 180);
    const { tasks } = await allTasks();
    const by = (result) => tasks.filter((task) => task.executionInfo.result === result).length;
    assert.deepEqual({ ...counts },
      { active: 0, running: 0, completed: tasks.length, succeeded: by('success'), failed: by('failure') });
    assert.equal(by('success') + by('failure'), tasks.length);
    const { taskSlotCounts } = await client.job.getTaskCounts(job);
    assert.equal(taskSlotCounts.completed, tasks.length);
  });

  it('pages through the tasks: every one once, by id, until there is no link', async () => {
    const whole = (await allTasks()).tasks.map((task) => task.id);
    const { pages, tasks } = await allTasks({ maxResults: 10 });
    for (const page of pages) assert.ok(page.length <= 10);
    assert.ok(pages.length >= whole.length / 10);
    assert.deepEqual(tasks.map((task) => task.id), whole);
    assert.equal(new Set(whole).size, whole.length);
    assert.ok(numbered('many-', 100).every((id) => whole.includes(id)));
    const link = new URL(pages[0].odatanextLink);
    assert.equal(link.origin, new URL(server.batch.url).origin);
    assert.equal(`api-version=${link.searchParams.get('api-version')}`, apiVersion);
  });

  it('filters and selects, on every page', async () => {
    const failed = await allTasks({
      filter: "startswith(id,'many-') and state eq 'completed' and executionInfo/exitCode ne 0",
      select: 'id,state',
      maxResults: 3,
    });
    assert.deepEqual(failed.tasks.map((task) => task.id),
      numbered('many-', 100).filter((_, index) => index % 10 === 0));
    for (const task of failed.tasks) assert.deepEqual(Object.keys(task).sort(), ['id', 'state']);
    assert.ok(failed.pages.length >= 4);
    const one = await allTasks({ filter: "executionInfo/result eq 'failure' and id eq 'exits-3'" });
    assert.deepEqual(one.tasks.map((task) => task.id), ['exits-3']);
  });

  it('deletes a task', async () => {
    await client.task.deleteMethod(job, 'fresh');
    await assert.rejects(client.task.get(job, 'fresh'), refusal(404, 'TaskNotFound'));
    await assert.rejects(client.task.deleteMethod(job, 'fresh'), refusal(404, 'TaskNotFound'));
    assert.ok(!(await allTasks()).tasks.some((task) => task.id === 'fresh'));
  });

  // ---- what is refused leaves no trace

  const post = (target, body) => rawBatch(server.batch, 'POST', `${target}?${apiVersion}`, { body });

  it('refuses a body that is not what it should be', () => changesNothing(async () => {
    for (const body of ['{"id": "broken", ', 'not json', '[]']) {
      const answer = await post('/jobs', body);
      assert.deepEqual([answer.status, answer.code], [400, 'InvalidRequestBody'], body);
    }
    const incomplete = await post(`/jobs/${job}/tasks`, '{"id":"no-command"}');
    assert.deepEqual([incomplete.status, incomplete.code], [400, 'MissingRequiredProperty']);
    const mistyped = await post('/jobs', '{"id":"typed","priority":"high","poolInfo":{"poolId":"p"}}');
    assert.equal(mistyped.status, 400);
    const badId = await post('/jobs', '{"id":"../up","poolInfo":{"poolId":"p"}}');
    assert.equal(badId.status, 400);
  }));

  it('refuses a collection of 101 tasks', () => changesNothing(async () => {
    const value = numbered('over-', 101).map((id) => ({ id, commandLine: '/bin/true' }));
    assert.equal((await post(`/jobs/${job}/addtaskcollection`, JSON.stringify({ value }))).status, 400);
  }));

  it('refuses a body over the limit', () => changesNothing(async () => {
    const body = JSON.stringify({ id: 'huge', commandLine: 'x'.repeat(16 * 1024 * 1024) });
    const answer = await post(`/jobs/${job}/tasks`, body);
    assert.deepEqual([answer.status, answer.code], [413, 'RequestBodyTooLarge']);
  }));

  it('refuses filters and page sizes that make no sense', async () => {
    for (const filter of ['state eq', "colour eq 'red'", "id eq 'a' or", "(id eq 'a'"]) {
      await assert.rejects(client.task.list(job, { taskListOptions: { filter } }),
        (error) => error.statusCode === 400, filter);
    }
    for (const size of ['-5', '0', 'ten', '5000']) {
      const answer = await rawBatch(
        server.batch, 'GET', `/jobs/${job}/tasks?${apiVersion}&maxresults=${size}`);
      assert.equal(answer.status, 400, `maxresults=${size}`);
    }
  });

  it('leads no path out of a task', () => changesNothing(async () => {
    const climbs = [
      ...[4, 5, 6, 7, 8, 9].map((up) => `${'..%2F'.repeat(up)}config.ini`),
      'wd%2F..%2F..%2F..%2F..%2F..%2F..%2F..%2Fconfig.ini', '..%5C..%5C..%5C..%5C..%5C..%5Cconfig.ini',
      '../../../../../../config.ini', `${'..%2F'.repeat(20)}etc%2Fpasswd`, '%2Fetc%2Fpasswd',
      '..', 'wd%2F..%2F..', 'stdout.txt%00',
    ];
    for (const climb of climbs) {
      for (const method of ['GET', 'DELETE']) {
        const answer = await rawBatch(
          server.batch, method, `/jobs/${job}/tasks/hello/files/${climb}?${apiVersion}`);
        assert.ok(answer.status >= 400 && answer.status < 500, `${method} ${climb}: ${answer.status}`);
        assert.ok(!answer.body.includes(server.batch.key) && !answer.body.includes('root:'), climb);
      }
    }
    assert.equal(await taskFile('hello', 'stderr.txt'), 'trouble\n');
  }));

  // ---- the end

  it('terminates the job, which then takes no more tasks', async () => {
    await client.job.terminate(job, { terminateReason: 'told to' });
    const ended = await until('job completed', async () => {
      const found = await client.job.get(job);
      return found.state === 'completed' && found;
    });
    assert.equal(ended.executionInfo.terminateReason, 'told to');
    await changesNothing(() => assert.rejects(
      client.task.add(job, { id: 'late', commandLine: 'true' }), refusal(409, 'JobCompleted')));
  });

  it('deletes the job', async () => {
    await client.job.deleteMethod(job);
    await until('job gone', async () => {
      try {
        assert.equal((await client.job.get(job)).state, 'deleting');
        return false;
      } catch (error) {
        return refusal(404, 'JobNotFound')(error);
      }
    });
    assert.deepEqual([...await client.job.list()], []);
    await assert.rejects(client.job.deleteMethod(job), refusal(404, 'JobNotFound'));
  });

  it('deletes the pool', async () => {
    await client.pool.deleteMethod(pool);
    await until('pool gone', async () => {
      try {
        assert.equal((await client.pool.get(pool)).state, 'deleting');
        return false;
      } catch (error) {
        return refusal(404, 'PoolNotFound')(error);
      }
    });
    assert.equal((await client.pool.exists(pool)).body, false);
  });
});
