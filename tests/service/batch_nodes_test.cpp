// Nodes over HTTP.
#include <fstream>

#include "tests/service/batch_fixture.h"

namespace dms::service {
namespace {

using batch::NodeState;

class BatchNodes : public BatchServiceTest {
 protected:
  BatchNodes() {
    add_pool("p", 1);
    tick();
    tick();
    url = "/pools/p/nodes/" + get<batch::Page<batch::Node>>("/pools/p/nodes").value.at(0).id;
  }
  NodeState state() { return *get<batch::Node>(url).state; }
  void finish_restart() {
    tick();
    fates = host.answer_stops();
    host.hello_all();
  }

  std::string url;
  std::vector<RootFate> fates;
};

TEST_F(BatchNodes, restart_with_202_and_show_it_at_once) {
  EXPECT_EQ(send("POST", url + "/reboot").status, 202);
  EXPECT_EQ(state(), NodeState::rebooting);
  EXPECT_EQ(outcome(send("POST", url + "/reboot", "{}")), "409 NodeBeingRebooted");
  finish_restart();
  EXPECT_EQ(state(), NodeState::idle);
  EXPECT_EQ(send("POST", url + "/reimage", R"({"nodeReimageOption":"taskCompletion"})").status,
            202);
  EXPECT_EQ(state(), NodeState::reimaging);
  finish_restart();
  EXPECT_EQ(fates, std::vector{RootFate::erased});
  EXPECT_EQ(state(), NodeState::idle);
  EXPECT_EQ(send("POST", url + "/deallocate", R"({"nodeDeallocateOption":"terminate"})").status,
            202);
  EXPECT_EQ(state(), NodeState::deallocating);
  finish_restart();
  EXPECT_EQ(state(), NodeState::deallocated);
  EXPECT_EQ(send("POST", url + "/start").status, 202);
  EXPECT_EQ(state(), NodeState::starting);
  host.hello_all();
  EXPECT_EQ(state(), NodeState::idle);
  EXPECT_EQ(outcome(send("POST", url + "/reboot", R"({"nodeRebootOption":"sometime"})")),
            "400 InvalidPropertyValue");
  EXPECT_EQ(outcome(send("POST", "/pools/p/nodes/nobody/reboot")), "404 NodeNotFound");
  EXPECT_EQ(outcome(send("POST", "/pools/none/nodes/nobody/reboot")), "404 PoolNotFound");
}

TEST_F(BatchNodes, scheduling_is_switched_with_200) {
  EXPECT_EQ(send("POST", url + "/disablescheduling").status, 200);
  EXPECT_EQ(get<batch::Node>(url).scheduling_state, batch::SchedulingState::disabled);
  EXPECT_EQ(outcome(send("POST", url + "/disablescheduling")),
            "409 NodeAlreadyInTargetSchedulingState");
  EXPECT_EQ(send("POST", url + "/enablescheduling").status, 200);
  EXPECT_EQ(get<batch::Node>(url).scheduling_state, batch::SchedulingState::enabled);
}

TEST_F(BatchNodes, users_come_with_201_and_go_with_200) {
  const Response added =
      send("POST", url + "/users", R"({"name":"user 1","password":"x","isAdmin":false})");
  EXPECT_EQ(added.status, 201);
  EXPECT_TRUE(added.headers.get("Location").ends_with("/users/user%201"));
  EXPECT_EQ(outcome(send("POST", url + "/users", R"({"name":"User 1"})")), "409 NodeUserExists");
  EXPECT_EQ(send("PUT", url + "/users/user%201", R"({"password":"y"})").status, 200);
  EXPECT_EQ(send("DELETE", url + "/users/user%201").status, 200);
  EXPECT_EQ(outcome(send("PUT", url + "/users/user%201", R"({"password":"y"})")),
            "404 NodeUserNotFound");
  EXPECT_EQ(outcome(send("DELETE", url + "/users/user%201")), "404 NodeUserNotFound");
}

TEST_F(BatchNodes, tell_where_to_log_in) {
  const auto login = get<batch::RemoteLoginSettings>(url + "/remoteloginsettings");
  EXPECT_EQ(login.remote_login_ip_address, get<batch::Node>(url).ip_address);
  EXPECT_EQ(login.remote_login_port, 22);
}

TEST_F(BatchNodes, have_no_extensions) {
  EXPECT_TRUE(get<batch::Page<batch::NodeVmExtension>>(url + "/extensions").value.empty());
  EXPECT_EQ(outcome(send("GET", url + "/extensions/e")), "404 ResourceNotFound");
}

TEST_F(BatchNodes, are_listed_by_filter) {
  const auto count = [&](const std::string& filter) {
    return get<batch::Page<batch::Node>>("/pools/p/nodes?$filter=" + percent_encode(filter))
        .value.size();
  };
  EXPECT_EQ(count("state eq 'idle'"), 1u);
  EXPECT_EQ(count("state eq 'offline'"), 0u);
  EXPECT_EQ(count("startTaskInfo/endTime gt DateTime'2020-01-01T00:00:00Z'"), 0u);
  send("POST", url + "/disablescheduling");
  EXPECT_EQ(count("state eq 'offline'"), 1u);
}

TEST_F(BatchNodes, upload_their_logs_to_a_directory_of_the_container) {
  const std::string root = (directory.path() / url.substr(std::string("/pools/").size())).string();
  const std::string node = url.substr(url.rfind('/') + 1);
  const auto at = directory.path() / "p" / node;
  std::filesystem::create_directories(at / "volatile");
  std::filesystem::create_directories(at / "startup");
  std::ofstream(at / "volatile/agent.log") << "a";
  std::ofstream(at / "startup/stdout.txt") << "b";
  const Response response =
      send("POST", url + "/uploadbatchservicelogs",
           R"({"containerUrl":"http://h/acct/c?sig=s","startTime":"2020-01-01T00:00:00Z"})");
  ASSERT_EQ(response.status, 200) << response.body;
  const auto result = decode<batch::UploadServiceLogsResult>(response.body).value();
  EXPECT_EQ(result.number_of_files_uploaded, 2);
  EXPECT_EQ(result.virtual_directory_name.find("acct-"), 0u);
  EXPECT_NE(result.virtual_directory_name.find("/p/" + node + "/"), std::string::npos);
  ASSERT_EQ(host.uploads().size(), 1u);
  EXPECT_EQ(host.uploads()[0].directory, result.virtual_directory_name);
  EXPECT_EQ(host.uploads()[0].files,
            (std::vector<std::string>{"volatile/agent.log", "startup/stdout.txt"}));
  EXPECT_EQ(outcome(send("POST", url + "/uploadbatchservicelogs",
                         R"({"containerUrl":"http://h/c","startTime":"2020-01-01T00:00:00Z",)"
                         R"("endTime":"2019-01-01T00:00:00Z"})")),
            "400 InvalidPropertyValue");
}

TEST_F(BatchNodes, low_priority_ones_can_be_preempted) {
  EXPECT_EQ(outcome(send("POST", url + "/preempt")), "409 OperationNotValidOnNode");
  send("POST", "/pools/p/resize", R"({"targetDedicatedNodes":0,"targetLowPriorityNodes":1})");
  tick();
  host.bury_retired();
  host.hello_all();
  url = "/pools/p/nodes/" + get<batch::Page<batch::Node>>("/pools/p/nodes").value.at(0).id;
  EXPECT_EQ(outcome(send("POST", url + "/preempt?returnAfter=soon")),
            "400 InvalidQueryParameterValue");
  EXPECT_EQ(send("POST", url + "/preempt?returnAfter=PT5S").status, 202);
  EXPECT_EQ(state(), NodeState::preempted);
  host.answer_stops();
  for (int i = 0; i < 4; ++i) tick();
  EXPECT_EQ(state(), NodeState::preempted);
  tick();
  tick();
  EXPECT_EQ(state(), NodeState::starting);
}

}  // namespace
}  // namespace dms::service
