// Multi-instance tasks as clients see them.
#include "tests/service/batch_fixture.h"

namespace dms::service {
namespace {

class BatchInstances : public BatchServiceTest {
 protected:
  BatchInstances() {
    EXPECT_EQ(send("POST", "/pools",
                   R"({"id":"p","vmSize":"small","targetDedicatedNodes":2,)"
                   R"("enableInterNodeCommunication":true})")
                  .status,
              201);
    host.hello_all();
    add_job();
  }
  void add_many(const std::string& settings = R"("numberOfInstances":2,)") {
    add_task("m", R"(,"multiInstanceSettings":{)" + settings +
                      R"("coordinationCommandLine":"coordinate"})");
  }
  std::vector<batch::SubtaskInfo> subtasks() {
    return get<batch::Subtasks>("/jobs/j/tasks/m/subtasksinfo").value;
  }
};

TEST_F(BatchInstances, proceed_and_end_with_the_primary) {
  add_many();
  EXPECT_EQ(host.running().size(), 2u);
  EXPECT_EQ(host.proceeded(), 0u);
  host.coordinate_all();
  EXPECT_EQ(host.proceeded(), 1u);
  ASSERT_EQ(subtasks().size(), 1u);
  EXPECT_EQ(subtasks()[0].state, batch::SubtaskState::running);
  end_all(3);
  const auto task = get<batch::Task>("/jobs/j/tasks/m");
  EXPECT_EQ(task.state, batch::TaskState::completed);
  EXPECT_EQ(task.execution_info->exit_code, 3);
  EXPECT_EQ(subtasks()[0].state, batch::SubtaskState::completed);
}

TEST_F(BatchInstances, have_one_instance_unless_told_otherwise) {
  add_many("");
  EXPECT_EQ(get<batch::Task>("/jobs/j/tasks/m").multi_instance_settings.value().number_of_instances,
            1);
  EXPECT_EQ(host.running().size(), 1u);
}

TEST_F(BatchInstances, tell_their_subtasks_with_metadata_and_as_selected) {
  add_many();
  const Response response = send("GET", "/jobs/j/tasks/m/subtasksinfo?$select=id,state");
  EXPECT_EQ(response.body, "{\"odata.metadata\":\"" + std::string(base) +
                               "/$metadata#subtasksinfo\",\"value\":"
                               "[{\"id\":1,\"state\":\"running\"}]}");
}

TEST_F(BatchInstances, are_not_what_a_plain_task_has) {
  add_task("plain");
  const Response response = send("GET", "/jobs/j/tasks/plain/subtasksinfo");
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.body.ends_with("\"value\":[]}")) << response.body;
  EXPECT_EQ(outcome(send("GET", "/jobs/j/tasks/none/subtasksinfo")), "404 TaskNotFound");
}

}  // namespace
}  // namespace dms::service
