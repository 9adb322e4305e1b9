// Golden requests and answers: one text for every operation that has a body, with every member that
// the REST reference gives the object, read and written without loss. The texts follow the
// reference, not the field tables: a member that a table forgets or misspells is lost here.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "batch/operations.h"

namespace dms::batch {
namespace {

using Json = nlohmann::json;

template <class T>
void expect_no_loss(const std::string& text) {
  const Json golden = Json::parse(text);
  const auto value = decode<T>(text, Missing::refused);
  ASSERT_TRUE(value) << value.error().message;
  const Json written = Json::parse(encode(*value));
  EXPECT_EQ(written, golden) << Json::diff(golden, written).dump(1);
}

// What the row of an operation takes and gives.
template <const auto& row>
using In = typename std::remove_cvref_t<decltype(row)>::Input;
template <const auto& row>
using Out = typename std::remove_cvref_t<decltype(row)>::Output;

const std::string resource_file = R"({"httpUrl":"https://h/f","filePath":"f","fileMode":"0755"})";
const std::string container_files =
    R"({"storageContainerUrl":"https://h/c?sas","blobPrefix":"p/","filePath":"d",
        "identityReference":{"resourceId":"/i"}})";
const std::string own_storage_files =
    R"({"autoStorageContainerName":"c","blobPrefix":"p/","filePath":"d"})";
const std::string output_file =
    R"({"filePattern":"**/*.out","destination":{"container":{"path":"a/b","containerUrl":"https://h/c?sas",
        "identityReference":{"resourceId":"/i"},"uploadHeaders":[{"name":"x-ms-meta-a","value":"b"}]}},
        "uploadOptions":{"uploadCondition":"taskfailure"}})";
const std::string container =
    R"({"containerRunOptions":"--rm","imageName":"ubuntu","workingDirectory":"containerImageDefault",
        "registry":{"username":"u","password":"w","registryServer":"r.example","identityReference":{"resourceId":"/i"}},
        "containerHostBatchBindMounts":[{"source":"Shared","isReadOnly":true}]})";
const std::string identity = R"({"autoUser":{"scope":"task","elevationLevel":"admin"}})";
const std::string settings = R"([{"name":"A","value":"1"},{"name":"EMPTY","value":""}])";
const std::string task_constraints =
    R"({"maxWallClockTime":"PT1H","retentionTime":"P1D","maxTaskRetryCount":3})";
const std::string failure =
    R"({"category":"usererror","code":"FailureExitCode","message":"no","details":[{"name":"n","value":"v"}]})";
const std::string container_info = R"({"containerId":"c","state":"exited","error":"e"})";

std::string start_task() {
  return R"({"commandLine":"x","containerSettings":)" + container + R"(,"resourceFiles":[)" +
         resource_file + "," + container_files + "," + own_storage_files +
         R"(],"environmentSettings":)" + settings +
         R"(,"userIdentity":{"username":"u"},"maxTaskRetryCount":2,"waitForSuccess":false})";
}

const std::string machine =
    R"({"imageReference":{"publisher":"p","offer":"o","sku":"s","version":"latest",
          "virtualMachineImageId":"/v","exactVersion":"1.2","sharedGalleryImageId":"/s","communityGalleryImageId":"/c"},
        "nodeAgentSKUId":"batch.node.debian 12","windowsConfiguration":{"enableAutomaticUpdates":false},
        "dataDisks":[{"lun":1,"caching":"readonly","diskSizeGB":64,"storageAccountType":"premium_lrs"}],
        "licenseType":"Windows_Server",
        "containerConfiguration":{"type":"dockerCompatible","containerImageNames":["busybox"],
          "containerRegistries":[{"username":"u","password":"w","registryServer":"r.example"}]},
        "diskEncryptionConfiguration":{"targets":["osdisk","temporarydisk"]},
        "nodePlacementConfiguration":{"policy":"zonal"},
        "extensions":[{"name":"e","publisher":"p","type":"t","typeHandlerVersion":"1.0",
          "autoUpgradeMinorVersion":true,"enableAutomaticUpgrade":false,"settings":{"a":[1,2]},
          "protectedSettings":{"b":"c"},"provisionAfterExtensions":["f"]}],
        "osDisk":{"ephemeralOSDiskSettings":{"placement":"CacheDisk"},"caching":"readwrite","diskSizeGB":30,
          "managedDisk":{"storageAccountType":"standard_lrs"},"writeAcceleratorEnabled":false},
        "securityProfile":{"encryptionAtHost":true,"securityType":"trustedLaunch",
          "uefiSettings":{"secureBootEnabled":true,"vTpmEnabled":true},"proxyAgentSettings":{"enabled":true}},
        "serviceArtifactReference":{"id":"/a"}})";
const std::string network =
    R"({"subnetId":"/s","dynamicVNetAssignmentScope":"job",
        "endpointConfiguration":{"inboundNATPools":[{"name":"n","protocol":"udp","backendPort":64444,
          "frontendPortRangeStart":60000,"frontendPortRangeEnd":60040,
          "networkSecurityGroupRules":[{"priority":150,"access":"deny","sourceAddressPrefix":"*","sourcePortRanges":["1-2"]}]}]},
        "publicIPAddressConfiguration":{"provision":"usermanaged","ipAddressIds":["/ip"],"ipFamilies":["IPv6"],
          "ipTags":[{"ipTagType":"t","tag":"v"}]},
        "enableAcceleratedNetworking":true})";
const std::string user_accounts =
    R"([{"name":"u","password":"w","elevationLevel":"admin",
         "linuxUserConfiguration":{"uid":1,"gid":2,"sshPrivateKey":"k"},
         "windowsUserConfiguration":{"loginMode":"interactive"}}])";
const std::string mounts =
    R"([{"azureBlobFileSystemConfiguration":{"accountName":"a","containerName":"c","accountKey":"k","sasKey":"s",
           "blobfuseOptions":"-o x","relativeMountPath":"m","identityReference":{"resourceId":"/i"}}},
        {"nfsMountConfiguration":{"source":"s","relativeMountPath":"m","mountOptions":"o"}},
        {"cifsMountConfiguration":{"username":"u","source":"s","relativeMountPath":"m","mountOptions":"o","password":"w"}},
        {"azureFileShareConfiguration":{"accountName":"a","azureFileUrl":"https://f","accountKey":"k",
           "relativeMountPath":"m","mountOptions":"o"}}])";
const std::string packages =
    R"([{"applicationId":"dsm2","version":"8.2"},{"applicationId":"ptm"}])";
const std::string run =
    R"({"timestamp":"2026-11-20T19:53:16Z","results":"$TargetDedicatedNodes=1",
        "error":{"code":"c","message":"m","values":[{"name":"n","value":"v"}]}})";

// What a pool is told, without its id.
std::string pool_settings() {
  return R"("displayName":"Pool","vmSize":"standard_d2s_v3","virtualMachineConfiguration":)" +
         machine +
         R"(,"resizeTimeout":"PT10M","targetDedicatedNodes":1,"targetLowPriorityNodes":2,"enableAutoScale":true,)" +
         R"("autoScaleFormula":"$a=1;","autoScaleEvaluationInterval":"PT5M","enableInterNodeCommunication":true,)" +
         R"("networkConfiguration":)" + network + R"(,"startTask":)" + start_task() +
         R"(,"applicationPackageReferences":)" + packages +
         R"(,"taskSlotsPerNode":4,"taskSchedulingPolicy":{"nodeFillType":"pack","jobDefaultOrder":"creationtime"},)" +
         R"("userAccounts":)" + user_accounts +
         R"(,"metadata":[{"name":"k","value":"v"}],"mountConfiguration":)" + mounts +
         R"(,"targetNodeCommunicationMode":"simplified","resourceTags":{"a":"b"},"upgradePolicy":{"mode":"manual"})";
}

TEST(Golden, pools) {
  expect_no_loss<In<op::add_pool>>(R"({"id":"p",)" + pool_settings() + "}");
  expect_no_loss<Out<op::get_pool>>(
      R"({"id":"p","url":"https://b/pools/p","eTag":"0x8DB24CB604A1D00","lastModified":"2026-11-20T19:53:16.5488Z",)"
      R"("creationTime":"2026-11-20T19:53:16Z","state":"deleting","stateTransitionTime":"2026-11-20T19:53:16Z",)"
      R"("allocationState":"stopping","allocationStateTransitionTime":"2026-11-20T19:53:16Z",)"
      R"("resizeErrors":[{"code":"ResizeStopped","message":"m","values":[{"name":"n","value":"v"}]}],)"
      R"("currentDedicatedNodes":1,"currentLowPriorityNodes":0,"currentNodeCommunicationMode":"simplified",)"
      R"("identity":{"type":"None"},"stats":{"url":"u"},"autoScaleRun":)" +
      run + "," + pool_settings() + "}");
  expect_no_loss<In<op::patch_pool>>(
      R"({"displayName":"d","vmSize":"s","startTask":)" + start_task() +
      R"(,"applicationPackageReferences":)" + packages +
      R"(,"metadata":[],"virtualMachineConfiguration":)" + machine +
      R"(,"targetNodeCommunicationMode":"classic","taskSlotsPerNode":2,"taskSchedulingPolicy":{"nodeFillType":"spread"},)" +
      R"("networkConfiguration":)" + network + R"(,"resourceTags":{"a":"b"},"userAccounts":)" +
      user_accounts + R"(,"mountConfiguration":)" + mounts +
      R"(,"upgradePolicy":{"mode":"rolling"},"enableInterNodeCommunication":false})");
  expect_no_loss<In<op::update_pool>>(
      R"({"startTask":)" + start_task() +
      R"(,"certificateReferences":[],"applicationPackageReferences":)" + packages +
      R"(,"metadata":[{"name":"k"}],"targetNodeCommunicationMode":"default"})");
  expect_no_loss<In<op::resize_pool>>(
      R"({"targetDedicatedNodes":5,"targetLowPriorityNodes":0,"resizeTimeout":"PT5M","nodeDeallocationOption":"retaineddata"})");
  expect_no_loss<In<op::remove_nodes>>(
      R"({"nodeList":["a","b"],"resizeTimeout":"PT5M","nodeDeallocationOption":"terminate"})");
  expect_no_loss<In<op::enable_auto_scale>>(
      R"({"autoScaleFormula":"$a=1","autoScaleEvaluationInterval":"PT6M"})");
  expect_no_loss<In<op::evaluate_auto_scale>>(R"({"autoScaleFormula":"$a=1"})");
  expect_no_loss<Out<op::evaluate_auto_scale>>(run);
  expect_no_loss<Out<op::list_pool_usage_metrics>>(
      R"({"value":[{"poolId":"p","startTime":"2026-11-20T00:00:00Z","endTime":"2026-11-20T01:00:00Z",
           "vmSize":"s","totalCoreHours":1.25}],"odata.nextLink":"https://b/x?$skiptoken=1"})");
}

TEST(Golden, the_account) {
  expect_no_loss<Out<op::list_node_counts>>(
      R"({"value":[{"poolId":"p",
        "dedicated":{"creating":1,"idle":2,"leavingPool":3,"offline":4,"preempted":5,"rebooting":6,"reimaging":7,"running":8,
          "starting":9,"startTaskFailed":10,"unknown":11,"unusable":12,"waitingForStartTask":13,"deallocated":14,
          "deallocating":15,"total":120},
        "lowPriority":{"creating":0,"idle":0,"leavingPool":0,"offline":0,"preempted":1,"rebooting":0,"reimaging":0,"running":0,
          "starting":0,"startTaskFailed":0,"unknown":0,"unusable":0,"waitingForStartTask":0,"deallocated":0,
          "deallocating":0,"total":1}}]})");
  expect_no_loss<Out<op::list_supported_images>>(
      R"({"value":[{"nodeAgentSKUId":"batch.node.debian 12","imageReference":{"publisher":"p","offer":"o","sku":"s"},
           "osType":"windows","capabilities":["DockerCompatible"],"batchSupportEndOfLife":"2030-01-01T00:00:00Z",
           "verificationType":"unverified"}]})");
  expect_no_loss<Out<op::list_applications>>(
      R"({"value":[{"id":"a","displayName":"A","versions":["1","2"]}]})");
  expect_no_loss<Out<op::get_application>>(R"({"id":"a","displayName":"A","versions":[]})");
}

TEST(Golden, nodes) {
  expect_no_loss<Out<op::get_node>>(
      R"({"id":"tvmps_1_d","url":"u","state":"waitingforstarttask","schedulingState":"disabled",
          "stateTransitionTime":"2026-11-20T19:53:16Z","lastBootTime":"2026-11-20T19:53:16Z","allocationTime":"2026-11-20T19:53:16Z",
          "ipAddress":"10.0.0.4","ipv6Address":"fd00::4","affinityId":"TVM:tvmps_1_d","vmSize":"s","totalTasksRun":3,"runningTasksCount":1,
          "runningTaskSlotsCount":2,"totalTasksSucceeded":1,
          "recentTasks":[{"taskUrl":"u","jobId":"j","taskId":"t","subtaskId":1,"taskState":"running",
            "executionInfo":{"startTime":"2026-11-20T19:53:16Z","retryCount":0,"requeueCount":0}}],
          "startTask":)" +
      start_task() + R"(,
          "startTaskInfo":{"state":"completed","startTime":"2026-11-20T19:53:16Z","endTime":"2026-11-20T19:53:17Z","exitCode":1,
            "containerInfo":)" +
      container_info + R"(,"failureInfo":)" + failure + R"(,"retryCount":1,
            "lastRetryTime":"2026-11-20T19:53:16Z","result":"failure"},
          "errors":[{"code":"c","message":"m","errorDetails":[{"name":"n","value":"v"}]}],"isDedicated":false,
          "endpointConfiguration":{"inboundEndpoints":[{"name":"SSHRule.0","protocol":"tcp","publicIPAddress":"1.2.3.4",
            "publicFQDN":"f","frontendPort":50000,"backendPort":22}]},
          "nodeAgentInfo":{"version":"1.10.0","lastUpdateTime":"2026-11-20T19:53:16Z"},
          "virtualMachineInfo":{"imageReference":{"publisher":"p","exactVersion":"1"},"scaleSetVmResourceId":"/v"}})");
  expect_no_loss<In<op::reboot_node>>(R"({"nodeRebootOption":"taskcompletion"})");
  expect_no_loss<In<op::reimage_node>>(R"({"nodeReimageOption":"terminate"})");
  expect_no_loss<In<op::deallocate_node>>(R"({"nodeDeallocateOption":"retaineddata"})");
  expect_no_loss<In<op::disable_node_scheduling>>(R"({"nodeDisableSchedulingOption":"requeue"})");
  expect_no_loss<In<op::add_node_user>>(
      R"({"name":"u","isAdmin":true,"expiryTime":"2026-11-20T19:53:16Z","password":"w","sshPublicKey":"k"})");
  expect_no_loss<In<op::update_node_user>>(
      R"({"password":"w","expiryTime":"2026-11-20T19:53:16Z","sshPublicKey":"k"})");
  expect_no_loss<Out<op::get_remote_login_settings>>(
      R"({"remoteLoginIPAddress":"1.2.3.4","remoteLoginPort":50000,"ipv6RemoteLoginIPAddress":"fd00::1","ipv6RemoteLoginPort":22})");
  expect_no_loss<In<op::upload_service_logs>>(
      R"({"containerUrl":"https://c?sas","startTime":"2026-11-20T19:53:16Z","endTime":"2026-11-20T20:53:16Z",
          "identityReference":{"resourceId":"/i"}})");
  expect_no_loss<Out<op::upload_service_logs>>(
      R"({"virtualDirectoryName":"a-0/p/n/r","numberOfFilesUploaded":8})");
  expect_no_loss<Out<op::get_node_extension>>(
      R"({"provisioningState":"Succeeded","vmExtension":{"name":"e","publisher":"p","type":"t"},"instanceView":{"name":"e"}})");
  expect_no_loss<Out<op::list_node_files>>(
      R"({"value":[{"name":"startup","url":"u","isDirectory":true},
           {"name":"a","url":"u","isDirectory":false,"properties":{"creationTime":"2026-11-20T19:53:16Z",
             "lastModified":"2026-11-20T19:53:16Z","contentLength":"12","contentType":"text/plain","fileMode":"0o100644"}}]})");
}

std::string job_settings() {
  const std::string common =
      R"("commandLine":"x","containerSettings":)" + container + R"(,"resourceFiles":[)" +
      resource_file + R"(],"environmentSettings":)" + settings + R"(,"userIdentity":)" + identity;
  return R"("displayName":"J","priority":-5,"maxParallelTasks":10,"allowTaskPreemption":true,"usesTaskDependencies":true,)"
         R"("constraints":{"maxWallClockTime":"P1D","maxTaskRetryCount":-1},"jobManagerTask":{"id":"m","displayName":"M",)" +
         common + R"(,"outputFiles":[)" + output_file + R"(],"constraints":)" + task_constraints +
         R"(,"requiredSlots":2,"killJobOnCompletion":false,"runExclusive":false,"applicationPackageReferences":)" +
         packages +
         R"(,"authenticationTokenSettings":{"access":["job"]},"allowLowPriorityNode":false},"jobPreparationTask":{"id":"prep",)" +
         common + R"(,"constraints":)" + task_constraints +
         R"(,"waitForSuccess":false,"rerunOnNodeRebootAfterSuccess":false},"jobReleaseTask":{"id":"rel",)" +
         common +
         R"(,"maxWallClockTime":"PT5M","retentionTime":"P1D"},"commonEnvironmentSettings":)" +
         settings +
         R"(,"poolInfo":{"autoPoolSpecification":{"autoPoolIdPrefix":"a","poolLifetimeOption":"jobschedule","keepAlive":true,"pool":{)" +
         pool_settings() +
         R"(}}},"onAllTasksComplete":"terminatejob","onTaskFailure":"performexitoptionsjobaction",)" +
         R"("networkConfiguration":{"subnetId":"/s","skipWithdrawFromVNet":true},"metadata":[{"name":"k","value":"v"}])";
}

TEST(Golden, jobs) {
  expect_no_loss<In<op::add_job>>(R"({"id":"j",)" + job_settings() + "}");
  expect_no_loss<Out<op::get_job>>(
      R"({"id":"j","url":"u","eTag":"e","lastModified":"2026-11-20T19:53:16Z","creationTime":"2026-11-20T19:53:16Z",)"
      R"("state":"terminating","stateTransitionTime":"2026-11-20T19:53:16Z","previousState":"active",)"
      R"("previousStateTransitionTime":"2026-11-20T19:53:16Z","executionInfo":{"startTime":"2026-11-20T19:53:16Z",)"
      R"("endTime":"2026-11-20T19:54:16Z","poolId":"p","schedulingError":{"category":"servererror","code":"c","message":"m",)"
      R"("details":[{"name":"n","value":"v"}]},"terminateReason":"AllTasksComplete"},)" +
      job_settings() + "}");
  expect_no_loss<In<op::patch_job>>(
      R"({"priority":1,"maxParallelTasks":-1,"allowTaskPreemption":false,"onAllTasksComplete":"noaction",
          "constraints":{"maxTaskRetryCount":1},"poolInfo":{"poolId":"p"},"metadata":[],"networkConfiguration":{"subnetId":"/s"}})");
  expect_no_loss<In<op::update_job>>(
      R"({"priority":1,"maxParallelTasks":2,"allowTaskPreemption":true,"constraints":{"maxWallClockTime":"PT1H"},
          "poolInfo":{"poolId":"p"},"onAllTasksComplete":"terminatejob","metadata":[{"name":"k","value":"v"}]})");
  expect_no_loss<In<op::disable_job>>(R"({"disableTasks":"wait"})");
  expect_no_loss<In<op::terminate_job>>(R"({"terminateReason":"r"})");
  expect_no_loss<Out<op::get_task_counts>>(
      R"({"taskCounts":{"active":1,"running":2,"completed":5,"succeeded":3,"failed":2},
          "taskSlotCounts":{"active":2,"running":4,"completed":10,"succeeded":6,"failed":4}})");
  const std::string info =
      R"("startTime":"2026-11-20T19:53:16Z","endTime":"2026-11-20T19:53:17Z","state":"completed",
      "taskRootDirectory":"d","taskRootDirectoryUrl":"u","exitCode":2,"containerInfo":)" +
      container_info + R"(,"failureInfo":)" + failure + R"(,"result":"failure")";
  expect_no_loss<Out<op::list_preparation_and_release_status>>(
      R"({"value":[{"poolId":"p","nodeId":"n","nodeUrl":"u","jobPreparationTaskExecutionInfo":{)" +
      info +
      R"(,"retryCount":1,"lastRetryTime":"2026-11-20T19:53:16Z"},"jobReleaseTaskExecutionInfo":{)" +
      info + "}}]}");
}

TEST(Golden, job_schedules) {
  const std::string schedule =
      R"({"doNotRunUntil":"2026-11-20T19:53:16Z","doNotRunAfter":"2026-12-20T19:53:16Z","startWindow":"PT1M","recurrenceInterval":"PT1H"})";
  const std::string metadata = R"([{"name":"k","value":"v"}])";
  expect_no_loss<In<op::add_job_schedule>>(R"({"id":"s","displayName":"S","schedule":)" + schedule +
                                           R"(,"jobSpecification":{)" + job_settings() +
                                           R"(},"metadata":)" + metadata + "}");
  expect_no_loss<Out<op::get_job_schedule>>(
      R"({"id":"s","url":"u","eTag":"e","lastModified":"2026-11-20T19:53:16Z","creationTime":"2026-11-20T19:53:16Z",
          "state":"disabled","stateTransitionTime":"2026-11-20T19:53:16Z","previousState":"active",
          "previousStateTransitionTime":"2026-11-20T19:53:16Z","schedule":)" +
      schedule + R"(,"jobSpecification":{)" + job_settings() +
      R"(},"executionInfo":{"nextRunTime":"2026-11-20T19:53:16Z","recentJob":{"id":"s:job-1","url":"u"},
          "endTime":"2026-11-20T19:53:16Z"},"stats":{"url":"u"}})");
  expect_no_loss<In<op::patch_job_schedule>>(R"({"schedule":)" + schedule +
                                             R"(,"jobSpecification":{)" + job_settings() +
                                             R"(},"metadata":)" + metadata + "}");
  expect_no_loss<In<op::update_job_schedule>>(R"({"schedule":)" + schedule +
                                              R"(,"jobSpecification":{)" + job_settings() +
                                              R"(},"metadata":)" + metadata + "}");
}

std::string task_settings() {
  return R"("displayName":"T","commandLine":"x","containerSettings":)" + container +
         R"(,"exitConditions":{"exitCodes":[{"code":3,"exitOptions":{"jobAction":"none","dependencyAction":"satisfy"}}],
             "exitCodeRanges":[{"start":4,"end":9,"exitOptions":{"jobAction":"disable"}}],
             "preProcessingError":{"dependencyAction":"block"},"fileUploadError":{"jobAction":"terminate"},
             "default":{"jobAction":"none"}},"resourceFiles":[)" +
         resource_file + R"(],"outputFiles":[)" + output_file + R"(],"environmentSettings":)" +
         settings + R"(,"affinityInfo":{"affinityId":"TVM:n"},"constraints":)" + task_constraints +
         R"(,"requiredSlots":2,"userIdentity":)" + identity +
         R"(,"multiInstanceSettings":{"numberOfInstances":3,"coordinationCommandLine":"c","commonResourceFiles":[)" +
         container_files +
         R"(]},"dependsOn":{"taskIds":["a","b"],"taskIdRanges":[{"start":1,"end":10}]},
             "applicationPackageReferences":)" +
         packages + R"(,"authenticationTokenSettings":{"access":["job"]})";
}

TEST(Golden, tasks) {
  expect_no_loss<In<op::add_task>>(R"({"id":"t",)" + task_settings() + "}");
  expect_no_loss<In<op::add_task_collection>>(R"({"value":[{"id":"t",)" + task_settings() + "}]}");
  const std::string node =
      R"({"affinityId":"TVM:n","nodeUrl":"u","poolId":"p","nodeId":"n","taskRootDirectory":"d","taskRootDirectoryUrl":"u"})";
  expect_no_loss<Out<op::get_task>>(
      R"({"id":"t","url":"u","eTag":"e","lastModified":"2026-11-20T19:53:16Z","creationTime":"2026-11-20T19:53:16Z",
          "state":"completed","stateTransitionTime":"2026-11-20T19:53:16Z","previousState":"preparing",
          "previousStateTransitionTime":"2026-11-20T19:53:16Z","executionInfo":{"startTime":"2026-11-20T19:53:16Z",
          "endTime":"2026-11-20T19:53:17Z","exitCode":1,"containerInfo":)" +
      container_info + R"(,"failureInfo":)" + failure +
      R"(,"retryCount":1,"lastRetryTime":"2026-11-20T19:53:16Z","requeueCount":2,"lastRequeueTime":"2026-11-20T19:53:16Z",
          "result":"failure"},"nodeInfo":)" +
      node + "," + task_settings() + "}");
  expect_no_loss<In<op::update_task>>(R"({"constraints":)" + task_constraints + "}");
  expect_no_loss<Out<op::add_task_collection>>(
      R"({"value":[{"status":"success","taskId":"a","eTag":"e","lastModified":"2026-11-20T19:53:16Z","location":"l"},
           {"status":"servererror","taskId":"b","error":{"code":"c","message":{"lang":"en-US","value":"v"},
             "values":[{"key":"k","value":"v"}]}}]})");
  expect_no_loss<Out<op::list_subtasks>>(
      R"({"value":[{"id":1,"nodeInfo":)" + node +
      R"(,"startTime":"2026-11-20T19:53:16Z","endTime":"2026-11-20T19:53:17Z",
           "exitCode":1,"containerInfo":)" +
      container_info + R"(,"failureInfo":)" + failure +
      R"(,"state":"completed","stateTransitionTime":"2026-11-20T19:53:16Z","previousState":"preparing",
           "previousStateTransitionTime":"2026-11-20T19:53:16Z","result":"failure"}]})");
}

}  // namespace
}  // namespace dms::batch
