// Which request each method of AzureBatch is, and what it makes of what comes back.
#include <map>

#include "tests/batch/client_fixture.h"

namespace dms::batch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Methods = ClientTest;

std::string page(std::string_view items) { return R"({"value":[)" + std::string(items) + "]}"; }

TEST_F(Methods, change_pools) {
  const auto expect = [&](std::string_view action, int status) {
    transport.expect("POST", url("/pools/p/" + std::string(action)), answer(status));
  };
  expect("resize", 202);
  ASSERT_TRUE(batch.resize_pool("p", PoolResize{.target_low_priority_nodes = 4}));
  EXPECT_EQ(last_request().body, R"({"targetLowPriorityNodes":4})");
  expect("stopresize", 202);
  ASSERT_TRUE(batch.stop_pool_resize("p"));
  EXPECT_EQ(last_request().body, "");
  expect("removenodes", 202);
  ASSERT_TRUE(batch.remove_nodes(
      "p", {.node_list = {"n1", "n2"},
            .node_deallocation_option = NodeDeallocationOption::task_completion}));
  EXPECT_EQ(last_request().body,
            R"({"nodeList":["n1","n2"],"nodeDeallocationOption":"taskcompletion"})");
  expect("updateproperties", 204);
  ASSERT_TRUE(batch.update_pool_properties("p", {.metadata = {{"k", "v"}}}));
  EXPECT_EQ(last_request().body,
            R"({"applicationPackageReferences":[],"metadata":[{"name":"k","value":"v"}]})");
  transport.expect("PATCH", url("/pools/p"), answer(200));
  ASSERT_TRUE(batch.patch_pool("p", {.metadata = std::vector<MetadataItem>{}}));
  EXPECT_EQ(last_request().body, R"({"metadata":[]})");
}

TEST_F(Methods, preempt_nodes_of_the_local_service) {
  transport.expect("POST", url("/pools/p/nodes/n/preempt", "returnAfter=PT30S"), answer(202));
  ASSERT_TRUE(batch.preempt_node("p", "n"));
  transport.expect("POST", url("/pools/p/nodes/n/preempt", "returnAfter=never"), answer(202));
  ASSERT_TRUE(batch.preempt_node("p", "n", Duration::unlimited()));
}

TEST_F(Methods, scale_pools_by_formulas) {
  transport.expect("POST", url("/pools/p/enableautoscale"), answer(200));
  ASSERT_TRUE(batch.enable_auto_scale(
      "p", {.auto_scale_formula = "$TargetDedicatedNodes=1",
            .auto_scale_evaluation_interval = Duration{std::chrono::minutes(5)}}));
  EXPECT_EQ(
      last_request().body,
      R"({"autoScaleFormula":"$TargetDedicatedNodes=1","autoScaleEvaluationInterval":"PT5M"})");
  transport.expect("POST", url("/pools/p/evaluateautoscale"),
                   answer(200, R"({"timestamp":"2026-11-20T19:53:16Z","results":"$x=1",)"
                               R"("error":{"code":"E","message":"m","values":[{"name":"a"}]}})"));
  const AutoScaleRun run = batch.evaluate_auto_scale("p", "$x=1").value();
  EXPECT_EQ(run.results, "$x=1");
  EXPECT_EQ(run.error->code, "E");
  EXPECT_EQ(run.error->values[0].name, "a");
  transport.expect("POST", url("/pools/p/disableautoscale"), answer(200));
  ASSERT_TRUE(batch.disable_auto_scale("p"));
}

TEST_F(Methods, a_pool_is_created_or_resized) {
  transport.expect("POST", url("/pools"), answer(201));
  ASSERT_TRUE(batch.create_or_resize_pool("p", 3));
  transport.expect("POST", url("/pools"), refusal(409, "PoolExists"));
  transport.expect("GET", url("/pools/p"), answer(200, R"({"id":"p","targetDedicatedNodes":3})"));
  ASSERT_TRUE(batch.create_or_resize_pool("p", 3));  // as asked already: no resize
  transport.expect("POST", url("/pools"), refusal(409, "PoolExists"));
  transport.expect("GET", url("/pools/p"), answer(200, R"({"id":"p","targetDedicatedNodes":2})"));
  transport.expect("POST", url("/pools/p/resize"), answer(202));
  ASSERT_TRUE(batch.create_or_resize_pool("p", 3));
  EXPECT_THAT(last_request().body, HasSubstr(R"("targetDedicatedNodes":3)"));
}

TEST_F(Methods, a_pool_s_image_is_looked_up_when_it_is_named) {
  transport.expect(
      "GET", url("/supportedimages", "$filter=verificationType%20eq%20%27verified%27"),
      answer(200, page(R"({"nodeAgentSKUId":"batch.node.ubuntu 20.04","imageReference":)"
                       R"({"publisher":"Canonical","offer":"ubuntu","sku":"20-04"}},)"
                       R"({"nodeAgentSKUId":"batch.node.ubuntu 22.04","imageReference":)"
                       R"({"publisher":"canonical","offer":"Ubuntu","sku":"22-04"}},)"
                       R"({"nodeAgentSKUId":"x","imageReference":)"
                       R"({"publisher":"other","offer":"ubuntu","sku":"24"}})")));
  transport.expect("POST", url("/pools"), answer(201));
  ASSERT_TRUE(batch.create_pool("p", 1, {.os_image = OsImage{"canonical", "UBUNTU", "2"}}));
  const Pool sent = decode<Pool>(last_request().body).value();
  EXPECT_EQ(sent.virtual_machine_configuration->image_reference.sku, "22-04");
  EXPECT_EQ(sent.virtual_machine_configuration->node_agent_sku_id, "batch.node.ubuntu 22.04");
}

TEST_F(Methods, an_image_that_is_not_there_is_named) {
  transport.expect("GET", url("/supportedimages", "$filter=f"), answer(200, page("")));
  const auto found =
      batch.select_latest_verified_vm_image_with_node_agent_sku("pub", "off", "sku", "f");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::not_found);
  EXPECT_THAT(found.error().message, HasSubstr("'pub' and offer 'off'"));
  EXPECT_THAT(found.error().message, HasSubstr("'sku'"));
}

TEST_F(Methods, change_nodes) {
  const std::string node = "/pools/p/nodes/n";
  const auto expect = [&](std::string_view action, int status) {
    transport.expect("POST", url(node + "/" + std::string(action)), answer(status));
  };
  expect("reboot", 202);
  ASSERT_TRUE(batch.reboot_node("p", "n", NodeRebootOption::task_completion));
  EXPECT_EQ(last_request().body, R"({"nodeRebootOption":"taskcompletion"})");
  expect("reimage", 202);
  ASSERT_TRUE(batch.reimage_node("p", "n"));
  EXPECT_EQ(last_request().body, R"({"nodeReimageOption":"requeue"})");
  expect("deallocate", 202);
  ASSERT_TRUE(batch.deallocate_node("p", "n", NodeDeallocateOption::retained_data));
  EXPECT_EQ(last_request().body, R"({"nodeDeallocateOption":"retaineddata"})");
  expect("start", 202);
  ASSERT_TRUE(batch.start_node("p", "n"));
  EXPECT_EQ(last_request().body, "");
  expect("disablescheduling", 200);
  ASSERT_TRUE(batch.disable_node_scheduling("p", "n", NodeDisableSchedulingOption::terminate));
  EXPECT_EQ(last_request().body, R"({"nodeDisableSchedulingOption":"terminate"})");
  expect("enablescheduling", 200);
  ASSERT_TRUE(batch.enable_node_scheduling("p", "n"));
}

TEST_F(Methods, keep_users_of_nodes) {
  transport.expect("POST", url("/pools/p/nodes/n/users"), answer(201));
  ASSERT_TRUE(batch.add_node_user("p", "n", {.name = "u", .is_admin = true, .password = "x"}));
  EXPECT_EQ(last_request().body, R"({"name":"u","isAdmin":true,"password":"x"})");
  transport.expect("PUT", url("/pools/p/nodes/n/users/u"), answer(200));
  ASSERT_TRUE(batch.update_node_user("p", "n", "u", {.ssh_public_key = "k"}));
  transport.expect("DELETE", url("/pools/p/nodes/n/users/u"), answer(200));
  ASSERT_TRUE(batch.delete_node_user("p", "n", "u"));
  transport.expect("GET", url("/pools/p/nodes/n/remoteloginsettings"),
                   answer(200, R"({"remoteLoginIPAddress":"127.0.0.1","remoteLoginPort":22})"));
  EXPECT_EQ(batch.get_remote_login_settings("p", "n").value().remote_login_port, 22);
}

TEST_F(Methods, bring_logs_and_extensions_of_nodes) {
  transport.expect("POST", url("/pools/p/nodes/n/uploadbatchservicelogs"),
                   answer(200, R"({"virtualDirectoryName":"d","numberOfFilesUploaded":3})"));
  auto logs = batch.upload_service_logs("p", "n", {.container_url = "https://c?sas"});
  EXPECT_EQ(logs.value().number_of_files_uploaded, 3);
  transport.expect("GET", url("/pools/p/nodes/n/extensions"),
                   answer(200, page(R"({"provisioningState":"Succeeded","vmExtension":{"name":"e",)"
                                    R"("publisher":"p","type":"t"}})")));
  std::vector<std::string> names;
  ASSERT_TRUE(batch.list_node_extensions("p", "n", [&](const NodeVmExtension& extension) {
    names.push_back(extension.vm_extension->name);
    return ok();
  }));
  EXPECT_THAT(names, ElementsAre("e"));
}

TEST_F(Methods, wait_for_nodes_in_the_states_asked_for) {
  const auto pool = [](std::string_view allocation) {
    return R"({"id":"p","vmSize":"s","targetDedicatedNodes":1,"allocationState":")" +
           std::string(allocation) + "\"}";
  };
  for (const char* state : {"starting", "starttaskfailed"}) {
    transport.expect("GET", url("/pools/p"), answer(200, pool("steady")));
    transport.expect("GET", url("/pools/p/nodes"),
                     answer(200, page(R"({"id":"n","state":")" + std::string(state) + "\"}")));
  }
  auto nodes = batch.wait_for_all_nodes_state("p", {NodeState::start_task_failed});
  ASSERT_TRUE(nodes) << nodes.error().message;
  EXPECT_EQ(nodes->at(0).id, "n");
}

TEST_F(Methods, a_job_is_made_of_its_parts) {
  transport.expect("POST", url("/jobs"), answer(201));
  ASSERT_TRUE(batch.create_job("j", "p", create_prep_task("prep", {"echo hi"}), 2));
  const Job sent = decode<Job>(last_request().body).value();
  EXPECT_EQ(sent.pool_info.pool_id, "p");
  EXPECT_EQ(sent.constraints->max_task_retry_count, 2);
  EXPECT_EQ(sent.job_preparation_task->id, "prep");
  EXPECT_EQ(sent.job_preparation_task->wait_for_success, true);
}

TEST_F(Methods, change_tasks) {
  transport.expect("PUT", url("/jobs/j/tasks/t"), answer(200));
  ASSERT_TRUE(
      batch.update_task("j", "t", {.constraints = TaskConstraints{.max_task_retry_count = 3}}));
  EXPECT_EQ(last_request().body, R"({"constraints":{"maxTaskRetryCount":3}})");
  transport.expect("POST", url("/jobs/j/tasks/t/reactivate"), answer(204));
  ASSERT_TRUE(batch.reactivate_task("j", "t"));
}

TEST_F(Methods, wait_for_subtasks) {
  for (const char* state : {"running", "completed"})
    transport.expect("GET", url("/jobs/j/tasks/t/subtasksinfo"),
                     answer(200, page(R"({"id":1,"state":")" + std::string(state) +
                                      R"("},{"id":2,"state":"completed","exitCode":0})")));
  auto subtasks = batch.wait_for_subtasks_to_complete("j", "t");
  ASSERT_TRUE(subtasks) << subtasks.error().message;
  EXPECT_EQ(subtasks->size(), 2u);
  EXPECT_EQ(subtasks->at(1).exit_code, 0);
}

TEST_F(Methods, a_plain_task_has_no_subtasks_to_wait_for) {
  transport.expect("GET", url("/jobs/j/tasks/t/subtasksinfo"), answer(200, page("")));
  EXPECT_TRUE(batch.wait_for_subtasks_to_complete("j", "t").value().empty());
}

TEST_F(Methods, submitting_and_waiting_fails_with_the_first_refused_task) {
  transport.expect("POST", url("/jobs/j/addtaskcollection"),
                   answer(200, page(R"({"status":"success","taskId":"a"},)"
                                    R"({"status":"clienterror","taskId":"b","error":{"code":)"
                                    R"("InvalidPropertyValue","message":{"value":"bad"}}})")));
  const auto ended =
      batch.submit_tasks_and_wait("j", {create_task("a", "true"), create_task("b", "true")});
  ASSERT_FALSE(ended);
  EXPECT_THAT(ended.error().message, HasSubstr("adding task 'b'"));
}

TEST_F(Methods, files_are_deleted_and_listed) {
  transport.expect("DELETE", url("/jobs/j/tasks/t/files/wd%2Fx", "recursive=true"), answer(200));
  ASSERT_TRUE(batch.delete_task_file("j", "t", "wd/x", AzureBatch::Recursive::yes));
  transport.expect("DELETE", url("/pools/p/nodes/n/files/shared%2Fy", "recursive=false"),
                   answer(200));
  ASSERT_TRUE(batch.delete_compute_node_file("p", "n", "shared/y"));
  transport.expect("GET", url("/pools/p/nodes/n/files", "recursive=true"),
                   answer(200, page(R"({"name":"startup"})")));
  std::vector<std::string> names;
  ASSERT_TRUE(batch.list_compute_node_files("p", "n", true, [&](const NodeFile& file) {
    names.push_back(file.name);
    return ok();
  }));
  EXPECT_THAT(names, ElementsAre("startup"));
}

TEST_F(Methods, the_output_of_tasks_is_brought_as_far_as_it_is_there) {
  transport.expect("GET", url("/jobs/j/tasks/a/files/stdout.txt"), answer(200, "out"));
  transport.expect("GET", url("/jobs/j/tasks/a/files/stderr.txt"), refusal(404, "FileNotFound"));
  std::map<std::string, std::string> texts;
  ASSERT_TRUE(batch.print_task_output(
      "j", {"a"}, [&](std::string_view task, std::string_view file, std::string_view text) {
        texts[std::string(task) + "/" + std::string(file)] = text;
      }));
  EXPECT_THAT(texts, ElementsAre(std::pair("a/stdout.txt", "out")));
}

TEST_F(Methods, pools_are_counted_and_their_use_is_told) {
  transport.expect("GET", url("/nodecounts", "$filter=poolId%20eq%20%27p%27"),
                   answer(200, page(R"({"poolId":"p","dedicated":{"idle":2,"total":2}})")));
  int idle = 0;
  ASSERT_TRUE(
      batch.list_node_counts({.filter = "poolId eq 'p'"}, [&](const PoolNodeCounts& counts) {
        idle = counts.dedicated.idle;
        return ok();
      }));
  EXPECT_EQ(idle, 2);
  transport.expect("GET", url("/poolusagemetrics", "startTime=2026-11-20T00%3A00%3A00Z"),
                   answer(200, page(R"({"poolId":"p","totalCoreHours":1.5})")));
  double hours = 0;
  ASSERT_TRUE(batch.list_pool_usage_metrics(Timestamp::parse("2026-11-20T00:00:00Z").value(), {},
                                            {}, [&](const PoolUsageMetrics& metrics) {
                                              hours = metrics.total_core_hours;
                                              return ok();
                                            }));
  EXPECT_EQ(hours, 1.5);
}

TEST_F(Methods, applications_are_listed) {
  transport.expect("GET", url("/applications"),
                   answer(200, page(R"({"id":"a","displayName":"A","versions":["1","2"]})")));
  std::vector<std::string> ids;
  ASSERT_TRUE(batch.list_applications([&](const ApplicationSummary& application) {
    ids.push_back(application.id);
    return ok();
  }));
  EXPECT_THAT(ids, ElementsAre("a"));
  transport.expect("GET", url("/applications/a"),
                   answer(200, R"({"id":"a","displayName":"A","versions":["1"]})"));
  EXPECT_THAT(batch.get_application("a").value().versions, ElementsAre("1"));
}

TEST(Directives, a_task_is_multi_instance_when_it_has_instances_or_a_coordination_command) {
  EXPECT_FALSE(create_task("t", "x").multi_instance_settings);
  const Task linked = create_task("t", "x", {.num_instances = 3});
  EXPECT_EQ(linked.multi_instance_settings->number_of_instances, 3);
  EXPECT_EQ(linked.multi_instance_settings->coordination_command_line, "/bin/true");
  const Task one = create_task("t", "x", {.coordination_command_line = "start"});
  EXPECT_EQ(one.multi_instance_settings->number_of_instances, 1);
  EXPECT_THAT(create_task("t", "x", {.depends_on = {"a"}}).depends_on->task_ids, ElementsAre("a"));
}

TEST(Directives, application_packages_have_the_service_s_variable_names) {
  EXPECT_EQ(get_env_varname_for_app("Dsm2-x", "8.2.c4"), "AZ_BATCH_APP_PACKAGE_Dsm2_x_8_2_c4");
  EXPECT_EQ(get_env_varname_for_app("dsm2", ""), "AZ_BATCH_APP_PACKAGE_dsm2");
  EXPECT_EQ(get_env_varname_for_app("dsm2-x", "8.2", OsType::windows),
            "AZ_BATCH_APP_PACKAGE_dsm2-x#8.2");
}

TEST(Directives, the_path_gets_every_application_in_order) {
  const std::vector<AppBin> apps{{"a", "1.0", "bin"}, {"b-c", "2", ""}};
  EXPECT_EQ(
      set_path_to_apps(apps),
      R"(export PATH="${AZ_BATCH_APP_PACKAGE_a_1_0}/bin:${AZ_BATCH_APP_PACKAGE_b_c_2}:$PATH")");
  EXPECT_EQ(set_path_to_apps(apps, OsType::windows),
            R"(set "PATH=%AZ_BATCH_APP_PACKAGE_a#1.0%\bin;%AZ_BATCH_APP_PACKAGE_b-c#2%;%PATH%")");
  EXPECT_EQ(wrap_cmd_with_app_path({"run"}, {{"a", "1", "bin"}}),
            R"(/bin/bash -c 'set -e; set -o pipefail; export )"
            R"(PATH="${AZ_BATCH_APP_PACKAGE_a_1}/bin:$PATH"; run; wait')");
  EXPECT_EQ(wrap_cmd_with_app_path({"run"}, {}), wrap_commands_in_shell({"run"}));
}

TEST(Directives, a_shared_file_is_moved_to_the_directory_that_is_asked_for) {
  const auto task = create_task_copy_file_to_shared_dir("https://c?sas", "in/tide's.dat",
                                                        "tide.dat", "AZ_BATCH_JOB_PREP_DIR");
  EXPECT_EQ(task.resource_files[0].blob_prefix, "in/tide's.dat");
  EXPECT_THAT(task.command_line, HasSubstr("${AZ_BATCH_JOB_PREP_DIR}"));
  EXPECT_THAT(task.command_line, testing::Not(HasSubstr("*")));
  EXPECT_EQ(task.user_identity->auto_user->elevation_level, ElevationLevel::admin);
}

}  // namespace
}  // namespace dms::batch
