#include "batch/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace dms::batch {
namespace {

using testing::HasSubstr;

// Texts as the service writes them, members in the order of the field tables.

constexpr const char* full_pool =
    R"({"id":"p1","displayName":"My pool","url":"https://b.example/pools/p1",)"
    R"("eTag":"0x8DB24CB604A1D00","lastModified":"2023-03-14T20:33:31.5488Z",)"
    R"("creationTime":"2023-03-14T20:33:31Z","state":"active",)"
    R"("stateTransitionTime":"2023-03-14T20:33:31.5488Z","allocationState":"resizing",)"
    R"("allocationStateTransitionTime":"2023-03-14T20:33:31.5488Z","vmSize":"standard_d2s_v3",)"
    R"("virtualMachineConfiguration":{"imageReference":{"publisher":"microsoft-dsvm",)"
    R"("offer":"ubuntu-hpc","sku":"2204","version":"latest"},)"
    R"("nodeAgentSKUId":"batch.node.ubuntu 22.04","dataDisks":[{"lun":0,"diskSizeGB":32}],)"
    R"("containerConfiguration":{"type":"dockerCompatible","containerImageNames":["a"]}},)"
    R"("resizeTimeout":"PT15M","resizeErrors":[{"code":"AllocationTimedout",)"
    R"("message":"Too long.","values":[{"name":"n","value":"v"}]}],"currentDedicatedNodes":0,)"
    R"("targetDedicatedNodes":3,"currentLowPriorityNodes":0,"targetLowPriorityNodes":1,)"
    R"("enableAutoScale":false,"enableInterNodeCommunication":true,)"
    R"("networkConfiguration":{"subnetId":"/s/n"},)"
    R"("startTask":{"commandLine":"/bin/sh -c \"echo hi\"",)"
    R"("resourceFiles":[{"httpUrl":"https://a.example/x?sig=y","filePath":"x","fileMode":"0755"}],)"
    R"("environmentSettings":[{"name":"A","value":"b c"}],)"
    R"("userIdentity":{"autoUser":{"scope":"pool","elevationLevel":"admin"}},)"
    R"("maxTaskRetryCount":1,"waitForSuccess":true},)"
    R"("applicationPackageReferences":[{"applicationId":"dsm2","version":"8.2"}],)"
    R"("taskSlotsPerNode":2,"taskSchedulingPolicy":{"nodeFillType":"pack"},)"
    R"("userAccounts":[{"name":"u","elevationLevel":"admin"}],)"
    R"("metadata":[{"name":"k","value":"v"}],)"
    R"("mountConfiguration":[{"nfsMountConfiguration":{"source":"h:/d","relativeMountPath":"d"}}]})";

constexpr const char* autoscaled_pool =
    R"({"id":"p2","vmSize":"standard_f2s_v2","enableAutoScale":true,)"
    R"("autoScaleFormula":"$TargetDedicatedNodes=1;","autoScaleEvaluationInterval":"PT5M",)"
    R"("autoScaleRun":{"timestamp":"2023-03-14T20:33:31Z","results":"$NodeDeallocationOption=requeue"}})";

constexpr const char* full_job =
    R"({"id":"j1","displayName":"A job","usesTaskDependencies":true,)"
    R"("url":"https://b.example/jobs/j1","eTag":"0x8DB24CB604A1D00",)"
    R"("lastModified":"2023-03-14T20:33:31.5488Z","creationTime":"2023-03-14T20:33:31Z",)"
    R"("state":"completed","stateTransitionTime":"2023-03-14T20:34:00Z","previousState":"active",)"
    R"("previousStateTransitionTime":"2023-03-14T20:33:31Z","priority":-5,"maxParallelTasks":-1,)"
    R"("allowTaskPreemption":false,"constraints":{"maxWallClockTime":"P1D","maxTaskRetryCount":2},)"
    R"("jobManagerTask":{"id":"m","commandLine":"c"},)"
    R"("jobPreparationTask":{"id":"jobpreparation","commandLine":"true"},)"
    R"("jobReleaseTask":{"id":"jobrelease","commandLine":"true"},)"
    R"("commonEnvironmentSettings":[{"name":"JOBVAR","value":"1"}],"poolInfo":{"poolId":"p1"},)"
    R"("onAllTasksComplete":"terminatejob","onTaskFailure":"performexitoptionsjobaction",)"
    R"("networkConfiguration":{"subnetId":"/s"},"metadata":[{"name":"k","value":"v"}],)"
    R"("executionInfo":{"startTime":"2023-03-14T20:33:31Z","endTime":"2023-03-14T20:34:00Z",)"
    R"("poolId":"p1","terminateReason":"AllTasksComplete"}})";

constexpr const char* full_task =
    R"({"id":"t1","displayName":"A task","url":"https://b.example/jobs/j1/tasks/t1",)"
    R"("eTag":"0x8DB24CB604A1D00","lastModified":"2023-03-14T20:33:31.5488Z",)"
    R"("creationTime":"2023-03-14T20:33:31Z",)"
    R"("exitConditions":{"exitCodes":[{"code":3,"exitOptions":{"dependencyAction":"satisfy"}}]},)"
    R"("state":"completed","stateTransitionTime":"2023-03-14T20:34:00Z","previousState":"running",)"
    R"("previousStateTransitionTime":"2023-03-14T20:33:40Z","commandLine":"/bin/bash -c 'exit 1'",)"
    R"("containerSettings":{"imageName":"alpine"},)"
    R"("resourceFiles":[{"storageContainerUrl":"https://a.example/in","blobPrefix":"p/"},)"
    R"({"autoStorageContainerName":"c","filePath":"d","identityReference":{"resourceId":"/i"}}],)"
    R"("outputFiles":[{"filePattern":"../std*.txt","destination":{"container":{"path":"t1",)"
    R"("containerUrl":"https://a.example/out","uploadHeaders":[{"name":"x-ms-meta-a","value":"b"}]}},)"
    R"("uploadOptions":{"uploadCondition":"tasksuccess"}}],)"
    R"("environmentSettings":[{"name":"X","value":""},{"name":"UNSET"}],)"
    R"("affinityInfo":{"affinityId":"TVM:n1"},"constraints":)"
    R"({"maxWallClockTime":"P10675199DT2H48M5.4775807S","retentionTime":"P7D","maxTaskRetryCount":0},)"
    R"("requiredSlots":1,"userIdentity":{"username":"u"},)"
    R"("executionInfo":{"startTime":"2023-03-14T20:33:40Z","endTime":"2023-03-14T20:34:00Z",)"
    R"("exitCode":1,"failureInfo":{"category":"usererror","code":"FailureExitCode",)"
    R"("message":"It failed","details":[{"name":"Message","value":"m"}]},"retryCount":1,)"
    R"("lastRetryTime":"2023-03-14T20:33:50Z","requeueCount":0,"result":"failure"},)"
    R"("nodeInfo":{"affinityId":"TVM:n1","nodeUrl":"https://b.example/pools/p1/nodes/n1",)"
    R"("poolId":"p1","nodeId":"n1","taskRootDirectory":"workitems/j1/job-1/t1",)"
    R"("taskRootDirectoryUrl":"https://b.example/pools/p1/nodes/n1/files/workitems/j1/job-1/t1"},)"
    R"("multiInstanceSettings":{"numberOfInstances":2,"coordinationCommandLine":"true",)"
    R"("commonResourceFiles":[{"httpUrl":"https://a.example/h","filePath":"h"}]},)"
    R"("dependsOn":{"taskIds":["t0"],"taskIdRanges":[{"start":1,"end":9}]},)"
    R"("applicationPackageReferences":[{"applicationId":"dsm2"}],)"
    R"("authenticationTokenSettings":{"access":["job"]}})";

constexpr const char* full_node =
    R"({"id":"n1","url":"https://b.example/pools/p1/nodes/n1","state":"starttaskfailed",)"
    R"("schedulingState":"enabled","stateTransitionTime":"2023-03-14T20:33:31Z",)"
    R"("lastBootTime":"2023-03-14T20:33:31Z","allocationTime":"2023-03-14T20:33:31Z",)"
    R"("ipAddress":"10.0.0.4","affinityId":"TVM:n1","vmSize":"standard_d2s_v3","totalTasksRun":3,)"
    R"("runningTasksCount":0,"runningTaskSlotsCount":0,"totalTasksSucceeded":2,)"
    R"("recentTasks":[{"jobId":"j1","taskId":"t1","taskState":"completed"}],)"
    R"("startTask":{"commandLine":"false"},"startTaskInfo":{"state":"completed",)"
    R"("startTime":"2023-03-14T20:33:31Z","endTime":"2023-03-14T20:33:32Z","exitCode":1,)"
    R"("failureInfo":{"category":"usererror","code":"FailureExitCode"},"retryCount":0,)"
    R"("result":"failure"},"errors":[{"code":"StartTaskFailed","message":"It failed",)"
    R"("errorDetails":[{"name":"n","value":"v"}]}],"isDedicated":true,)"
    R"("nodeAgentInfo":{"version":"1.10.0","lastUpdateTime":"2023-03-14T20:33:31Z"}})";

constexpr const char* files_page =
    R"({"value":[{"name":"wd","url":"https://b.example/f/wd","isDirectory":true},)"
    R"({"name":"stdout.txt","url":"https://b.example/f/stdout.txt","isDirectory":false,)"
    R"("properties":{"creationTime":"2023-03-14T20:33:31Z","lastModified":"2023-03-14T20:33:32Z",)"
    R"("contentLength":"9007199254740993","contentType":"text/plain","fileMode":"0o100644"}}],)"
    R"("odata.nextLink":"https://b.example/f?$skiptoken=x:1$1"})";

constexpr const char* task_counts =
    R"({"taskCounts":{"active":5,"running":1,"completed":4,"succeeded":3,"failed":1},)"
    R"("taskSlotCounts":{"active":10,"running":2,"completed":8,"succeeded":6,"failed":2}})";

constexpr const char* add_results =
    R"({"value":[{"status":"success","taskId":"t1","eTag":"0x1",)"
    R"("lastModified":"2023-03-14T20:33:31Z","location":"https://b.example/jobs/j1/tasks/t1"},)"
    R"({"status":"clienterror","taskId":"t2","error":{"code":"TaskExists",)"
    R"("message":{"lang":"en-US","value":"There."},"values":[{"key":"k","value":"v"}]}}]})";

template <class T>
void expect_no_loss(const char* text) {
  const auto value = decode<T>(text, Missing::refused);
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(encode(*value), text);
}

TEST(Wire, a_pool_passes_without_loss) {
  expect_no_loss<Pool>(full_pool);
  expect_no_loss<Pool>(autoscaled_pool);
}
TEST(Wire, a_job_passes_without_loss) { expect_no_loss<Job>(full_job); }
TEST(Wire, a_task_passes_without_loss) { expect_no_loss<Task>(full_task); }
TEST(Wire, a_node_passes_without_loss) { expect_no_loss<Node>(full_node); }
TEST(Wire, a_page_of_files_passes_without_loss) { expect_no_loss<Page<NodeFile>>(files_page); }
TEST(Wire, task_counts_pass_without_loss) { expect_no_loss<TaskCountsResult>(task_counts); }
TEST(Wire, results_of_adding_tasks_pass_without_loss) {
  expect_no_loss<TaskAddCollectionResult>(add_results);
}

TEST(Wire, members_have_the_values_that_the_text_says) {
  const Pool pool = decode<Pool>(full_pool).value();
  EXPECT_EQ(pool.allocation_state, AllocationState::resizing);
  EXPECT_EQ(pool.resize_timeout, Duration{std::chrono::minutes(15)});
  EXPECT_EQ(pool.start_task->user_identity->auto_user->elevation_level, ElevationLevel::admin);
  EXPECT_EQ(pool.virtual_machine_configuration->data_disks[0].disk_size_gb, 32);
  const Task task = decode<Task>(full_task).value();
  EXPECT_TRUE(task.constraints->max_wall_clock_time->is_unlimited());
  EXPECT_EQ(task.execution_info->result, TaskResult::failure);
  EXPECT_EQ(task.environment_settings[0].value, "");
  EXPECT_EQ(task.environment_settings[1].value, std::nullopt);
  EXPECT_EQ(task.last_modified->etag(), task.etag);
}

TEST(Wire, a_new_pool_says_only_what_is_set) {
  EXPECT_EQ(encode(Pool{.id = "p", .vm_size = "s", .target_dedicated_nodes = 2}),
            R"({"id":"p","vmSize":"s","targetDedicatedNodes":2})");
}

TEST(Wire, an_int64_is_a_string_and_a_number_is_understood_too) {
  const NodeFile file =
      decode<NodeFile>(R"({"name":"f","properties":{"contentLength":12}})").value();
  EXPECT_EQ(file.properties->content_length.value, 12);
  EXPECT_THAT(encode(file), HasSubstr(R"("contentLength":"12")"));
  const Page<NodeFile> page = decode<Page<NodeFile>>(files_page).value();
  EXPECT_EQ(page.value[1].properties->content_length.value, 9007199254740993);
}

TEST(Wire, words_are_read_in_any_letter_case_and_written_in_lower_case) {
  const auto resize = decode<PoolResize>(R"({"nodeDeallocationOption":"taskCompletion"})").value();
  EXPECT_EQ(resize.node_deallocation_option, NodeDeallocationOption::task_completion);
  EXPECT_EQ(encode(resize), R"({"nodeDeallocationOption":"taskcompletion"})");
  EXPECT_EQ(decode<TaskAddResult>(R"({"status":"ClientError","taskId":"t"})").value().status,
            TaskAddStatus::client_error);
}

TEST(Wire, member_names_are_read_in_any_letter_case) {
  EXPECT_EQ(decode<Task>(R"({"ID":"t","commandline":"c"})").value().command_line, "c");
}

TEST(Wire, null_counts_as_absent) {
  const auto pool =
      decode<Pool>(R"({"id":"p","vmSize":"s","startTask":null,"metadata":null})", Missing::refused);
  ASSERT_TRUE(pool) << pool.error().message;
  EXPECT_EQ(*pool, (Pool{.id = "p", .vm_size = "s"}));
}

TEST(Wire, unknown_members_are_ignored) {
  EXPECT_EQ(decode<Job>(R"({"odata.metadata":"m","id":"j","poolInfo":{"poolId":"p","new":[{}]}})")
                .value(),
            (Job{.id = "j", .pool_info = {.pool_id = "p"}}));
}

TEST(Wire, a_selection_writes_the_chosen_members_only) {
  const Pool pool = decode<Pool>(full_pool).value();
  EXPECT_EQ(encode(pool, {"id", "state"}), R"({"id":"p1","state":"active"})");
  EXPECT_EQ(encode(pool, {"vmSize"}, R"("odata.metadata":"m")"),
            R"({"odata.metadata":"m","vmSize":"standard_d2s_v3"})");
}

TEST(Wire, a_selected_answer_lacks_members_without_harm) {
  EXPECT_EQ(decode<Task>(R"({"id":"t1"})", Missing::allowed).value().id, "t1");
}

template <class T>
Error refusal_of(const char* text) {
  const auto value = decode<T>(text, Missing::refused);
  EXPECT_FALSE(value) << text;
  return value ? Error{} : value.error();
}

TEST(Wire, names_the_property_that_is_missing) {
  const Error error = refusal_of<Pool>(R"({"id":"p","vmSize":"s","startTask":{}})");
  EXPECT_EQ(error.service_code, "MissingRequiredProperty");
  EXPECT_EQ(error.http_status, 400);
  EXPECT_THAT(error.message, HasSubstr("startTask.commandLine"));
  EXPECT_THAT(refusal_of<Pool>(R"({"id":"p"})").message, HasSubstr("vmSize"));
}

TEST(Wire, names_the_item_whose_property_is_missing) {
  const Error error = refusal_of<TaskCollection>(
      R"({"value":[{"id":"a","commandLine":"c"},{"id":"b","commandLine":"c","resourceFiles":[],)"
      R"("outputFiles":[{"filePattern":"*","destination":{"container":{}},"uploadOptions":)"
      R"({"uploadCondition":"taskfailure"}}]}]})");
  EXPECT_THAT(error.message,
              HasSubstr("value[1].outputFiles[0].destination.container.containerUrl"));
}

TEST(Wire, names_the_property_of_the_wrong_type) {
  const Error error =
      refusal_of<Task>(R"({"id":"t","commandLine":"c","constraints":{"maxTaskRetryCount":"x"}})");
  EXPECT_EQ(error.service_code, "InvalidPropertyValue");
  EXPECT_THAT(error.message, HasSubstr("constraints.maxTaskRetryCount"));
  EXPECT_THAT(refusal_of<Task>(R"({"id":7,"commandLine":"c"})").message, HasSubstr("id"));
  EXPECT_THAT(refusal_of<Pool>(R"({"id":"p","vmSize":"s","metadata":{}})").message,
              HasSubstr("metadata must be an array"));
  EXPECT_THAT(refusal_of<Pool>(R"({"id":"p","vmSize":"s","taskSlotsPerNode":3000000000})").message,
              HasSubstr("taskSlotsPerNode"));
}

TEST(Wire, names_the_wrong_word_and_the_wrong_time) {
  EXPECT_THAT(refusal_of<PoolResize>(R"({"nodeDeallocationOption":"later"})").message,
              HasSubstr("nodeDeallocationOption is 'later'"));
  EXPECT_THAT(refusal_of<PoolResize>(R"({"resizeTimeout":"15 minutes"})").message,
              HasSubstr("resizeTimeout is '15 minutes'"));
}

TEST(Wire, what_is_not_an_object_is_refused) {
  for (const char* text : {"", "[]", "7", "{", R"({"id":"t"} x)", "null"})
    EXPECT_EQ(refusal_of<Task>(text).service_code, "InvalidRequestBody") << text;
}

}  // namespace
}  // namespace dms::batch
