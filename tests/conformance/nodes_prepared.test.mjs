// What nodes get before tasks run: application packages and job preparation, and release afterwards,
// with Microsoft's Batch client and real agents. The stories run in order.
import { startService, text, until } from './support.mjs';

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BatchServiceClient, BatchSharedKeyCredentials } from '@azure/batch';

const here = path.dirname(fileURLToPath(import.meta.url));
const program = process.env.DMSBATCH_BIN ?? path.join(here, '../../build/bin/dmsbatch');
const pool = 'prepared-pool';
const debian = {
  imageReference: { publisher: 'debian', offer: 'debian-12', sku: '12', version: 'latest' },
  nodeAgentSKUId: 'batch.node.debian 12',
};
const sh = (script) => `/bin/sh -c '${script}'`;
const refusal = (status, code) => (error) => {
  assert.deepEqual([error.statusCode, error.code], [status, code], error.message);
  return true;
};

describe('nodes are prepared for what runs on them', () => {
  let server, client, work;

  const dmsbatch = async (...args) =>
    (await promisify(execFile)(
      program, [...args, '--config', path.join(server.dataDirectory, 'config.ini')])).stdout;
  const jobIs = (job, state) => until(`${job} ${state}`, async () =>
    (await client.job.get(job)).state === state);
  const ended = (job, task) => until(`task ${task} completed`, async () => {
    const found = await client.task.get(job, task);
    return found.state === 'completed' && found;
  });
  const output = async (job, task) =>
    text((await client.file.getFromTask(job, task, 'stdout.txt')).readableStreamBody);
  const status = async (job, filter) =>
    [...await client.job.listPreparationAndReleaseTaskStatus(
      job, { jobListPreparationAndReleaseTaskStatusOptions: { filter } })];

  before(async () => {
    server = await startService();
    work = await mkdtemp(path.join(tmpdir(), 'dmsbatch-prepared-'));
    client = new BatchServiceClient(
      new BatchSharedKeyCredentials(server.batch.account, server.batch.key), server.batch.url,
      { noRetryPolicy: true });
  });
  after(async () => {
    if (!server) return;
    for (const each of [...await client.pool.list()]) {
      if (each.state !== 'deleting') await client.pool.deleteMethod(each.id);
    }
    await until('all pools gone', async () => [...await client.pool.list()].length === 0)
      .finally(() => server.stop());
    await rm(work, { recursive: true, force: true });
  });

  it('takes packages from the command line', async () => {
    for (const version of ['1.0', '2.0-rc']) {
      const directory = path.join(work, version, 'data');
      await mkdir(directory, { recursive: true });
      await writeFile(path.join(directory, 'which'), `tool ${version}\n`);
      await dmsbatch('app', 'add', 'my-tool', version, path.join(work, version));
    }
    await dmsbatch('app', 'add', 'gone', '1', path.join(work, '1.0'));
    await dmsbatch('app', 'default', 'my-tool', '1.0');
    await dmsbatch('app', 'delete', 'gone');
    const found = [...await client.application.list()];
    assert.deepEqual(found.map((each) => [each.id, each.versions]), [['my-tool', ['1.0', '2.0-rc']]]);
    assert.equal((await client.application.get('MY-TOOL')).displayName, 'my-tool');
    await assert.rejects(client.application.get('gone'), refusal(404, 'ApplicationNotFound'));
    assert.match(await dmsbatch('app', 'list'), /my-tool +my-tool +1\.0 2\.0-rc/);
    await assert.rejects(dmsbatch('app', 'add', 'my-tool', '3', path.join(work, '1.0/data/which')),
      /package/);
    await assert.rejects(dmsbatch('app', 'default', 'my-tool', '9'), /9/);
  });

  it('installs the packages of a pool before its start task', async () => {
    await assert.rejects(client.pool.add({
      id: pool,
      vmSize: 'standard_d2s_v3',
      virtualMachineConfiguration: debian,
      applicationPackageReferences: [{ applicationId: 'none' }],
    }), refusal(409, 'InvalidApplicationPackageReferences'));
    await client.pool.add({
      id: pool,
      vmSize: 'standard_d2s_v3',
      virtualMachineConfiguration: debian,
      targetDedicatedNodes: 1,
      taskSlotsPerNode: 2,
      applicationPackageReferences: [{ applicationId: 'my-tool' }],
      startTask: {
        commandLine: sh('cat $AZ_BATCH_APP_PACKAGE_my_tool/data/which > $AZ_BATCH_NODE_SHARED_DIR/start'),
        waitForSuccess: true,
      },
    });
    await until('the node idle', async () =>
      [...await client.computeNode.list(pool)].every((node) => node.state === 'idle'));
  });

  it('gives a task the packages of its pool and its own', async () => {
    await client.job.add({ id: 'packages', poolInfo: { poolId: pool } });
    const references = [{ applicationId: 'my-tool', version: '2.0-rc' }];
    await client.task.add('packages', {
      id: 'both',
      commandLine: sh('cat $AZ_BATCH_NODE_SHARED_DIR/start $AZ_BATCH_APP_PACKAGE_my_tool_1_0/data/which ' +
        '$AZ_BATCH_APP_PACKAGE_my_tool_2_0_rc/data/which'),
      applicationPackageReferences: references,
    });
    assert.equal((await ended('packages', 'both')).executionInfo.exitCode, 0);
    assert.equal(await output('packages', 'both'), 'tool 1.0\ntool 1.0\ntool 2.0-rc\n');
    assert.deepEqual((await client.task.get('packages', 'both')).applicationPackageReferences, references);
  });

  it('fails a task whose package is not there before its command', async () => {
    await client.task.add('packages', {
      id: 'missing',
      commandLine: 'true',
      applicationPackageReferences: [{ applicationId: 'my-tool', version: '9' }],
    });
    const { executionInfo } = await ended('packages', 'missing');
    assert.equal(executionInfo.exitCode, undefined);
    assert.equal(executionInfo.failureInfo.code, 'ApplicationPackageError');
    await client.job.deleteMethod('packages');
  });

  it('prepares the node once, before the first task of a job', async () => {
    await client.job.add({
      id: 'prepared',
      poolInfo: { poolId: pool },
      commonEnvironmentSettings: [{ name: 'GREETING', value: 'hello' }],
      jobPreparationTask: {
        commandLine: sh(`echo $GREETING from $AZ_BATCH_TASK_ID > input; echo run >> ${work}/prepared`),
      },
      jobReleaseTask: {
        commandLine: sh(`cat $AZ_BATCH_JOB_PREP_WORKING_DIR/input > ${work}/released`),
      },
    });
    assert.deepEqual(await status('prepared'), []);
    for (const id of ['a', 'b', 'c']) {
      await client.task.add('prepared', {
        id, commandLine: sh('cat $AZ_BATCH_JOB_PREP_WORKING_DIR/input'),
      });
    }
    for (const id of ['a', 'b', 'c']) {
      assert.equal((await ended('prepared', id)).executionInfo.exitCode, 0);
      assert.equal(await output('prepared', id), 'hello from jobpreparation\n');
    }
    assert.equal(await readFile(`${work}/prepared`, 'utf8'), 'run\n');
    const [one] = await status('prepared', "jobPreparationTaskExecutionInfo/result eq 'Success'");
    assert.equal(one.poolId, pool);
    assert.equal(one.jobPreparationTaskExecutionInfo.exitCode, 0);
    assert.equal(one.jobPreparationTaskExecutionInfo.state, 'completed');
    assert.equal(one.jobReleaseTaskExecutionInfo, undefined);
    const file = `${one.jobPreparationTaskExecutionInfo.taskRootDirectory}/wd/input`;
    const answer = await client.file.getFromComputeNode(pool, one.nodeId, file);
    assert.equal(await text(answer.readableStreamBody), 'hello from jobpreparation\n');
  });

  it('releases the node when the job ends', async () => {
    await client.job.terminate('prepared');
    await jobIs('prepared', 'completed');
    assert.equal(await readFile(`${work}/released`, 'utf8'), 'hello from jobpreparation\n');
    const [one] = await status('prepared');
    assert.equal(one.jobReleaseTaskExecutionInfo.result.toLowerCase(), 'success');
    await client.job.deleteMethod('prepared');
    await until('the job gone', () => client.job.get('prepared').then(() => false, () => true));
  });

  it('gives tasks back when the preparation fails, and says why', async () => {
    await client.job.add({
      id: 'unprepared', poolInfo: { poolId: pool }, jobPreparationTask: { commandLine: sh('exit 7') },
    });
    await client.task.add('unprepared', { id: 'never', commandLine: 'true' });
    const [one] = await until('the preparation failed', async () => {
      const list = await status('unprepared', "jobPreparationTaskExecutionInfo/result eq 'Failure'");
      return list.length === 1 && list;
    });
    assert.equal(one.jobPreparationTaskExecutionInfo.exitCode, 7);
    assert.equal(one.jobPreparationTaskExecutionInfo.failureInfo.code, 'FailureExitCode');
    assert.equal((await client.task.get('unprepared', 'never')).state, 'active');
    await client.job.deleteMethod('unprepared');
  });

  it('has no status for jobs without such tasks', async () => {
    await client.job.add({ id: 'plain', poolInfo: { poolId: pool } });
    await assert.rejects(status('plain'), refusal(409, 'JobPreparationTaskOrReleaseTaskNotSpecified'));
    await client.job.deleteMethod('plain');
  });
});
