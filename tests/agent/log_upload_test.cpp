// The upload of a node's logs: by hand, and by a real agent to a server on loopback.
#include "agent/log_upload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/agent/http_stub.h"
#include "tests/agent/node_process.h"
#include "tests/support/scripted_transport.h"
#include "tests/support/temp_directory.h"

namespace dms::agent {
namespace {

constexpr const char* log_container = "https://acc.blob.core.windows.net/logs";

Response log_created() {
  return {.status = 201,
          .headers = {{"ETag", "\"0x1\""}, {"Last-Modified", "Tue, 14 Mar 2023 20:33:31 GMT"}}};
}

class LogUploads : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  int upload(std::vector<std::string> files) {
    return upload_logs(transport_,
                       {.container_url = std::string(log_container) + "?sv=1&sig=c2VjcmV0",
                        .directory = "acct-1/p/n/r",
                        .files = std::move(files)},
                       root_.path().string());
  }

  TempDirectory root_;
  ScriptedTransport transport_;
};

TEST_F(LogUploads, put_each_file_below_the_directory) {
  write("volatile/agent.log", "said");
  write("startup/stdout.txt", "out");
  transport_.expect("PUT", std::string(log_container) + "/acct-1/p/n/r/agent.log?sv=1&sig=c2VjcmV0",
                    log_created());
  transport_.expect(
      "PUT", std::string(log_container) + "/acct-1/p/n/r/startup/stdout.txt?sv=1&sig=c2VjcmV0",
      log_created());
  EXPECT_EQ(upload({"volatile/agent.log", "startup/stdout.txt"}), 2);
}

TEST_F(LogUploads, go_on_after_a_file_that_has_gone_or_lies_outside) {
  write("volatile/agent.log", "said");
  transport_.expect("PUT", std::string(log_container) + "/acct-1/p/n/r/agent.log?sv=1&sig=c2VjcmV0",
                    log_created());
  EXPECT_EQ(upload({"startup/stdout.txt", "../secret", "volatile/agent.log"}), 1);
}

TEST(LogUpload, a_real_agent_uploads_its_log_and_goes_on_serving) {
  NodeProcess node;
  node.connect();
  // Agents of tests log errors only.
  std::ofstream(node.at(agent_log), std::ios::app) << "it starts";
  HttpStub storage([](const StubRequest&) { return log_created(); });
  ToAgent frame;
  frame.upload_logs.push_back({.container_url = storage.url("/acct/logs?sv=1&sig=c2VjcmV0"),
                               .directory = "d",
                               .files = {agent_log}});
  node.send(frame);
  const auto requests = storage.wait_requests(1);
  EXPECT_EQ(requests[0].method, "PUT");
  EXPECT_EQ(requests[0].path, "/acct/logs/d/agent.log");
  EXPECT_THAT(requests[0].body, testing::HasSubstr("starts"));
  EXPECT_EQ(node.run_to_end(run_of("true")).exit_code, 0);
}

}  // namespace
}  // namespace dms::agent
