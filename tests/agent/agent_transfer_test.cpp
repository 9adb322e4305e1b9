// Resource files and output files of runs, over HTTP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "blob/xml.h"
#include "tests/agent/http_stub.h"
#include "tests/agent/node_process.h"

namespace dms::agent {
namespace {

using batch::OutputFileUploadCondition;
using testing::HasSubstr;

// A storage account with one container "res", by paths such as "/acc/res/name". Only the holder of
// the signature is let in.
class Store {
 public:
  std::optional<Response> answer(const StubRequest& request) {
    if (request.path == "/hang") return std::nullopt;
    if (request.path == "/moved")
      return Response{.status = 302, .headers = {{"Location", "/file"}}};
    if (request.path == "/file") return Response{.status = 200, .body = "plain"};
    if (parameter(request, "sig") != "good")
      return Response{.status = 403, .headers = {{"x-ms-error-code", "AuthenticationFailed"}}};
    if (parameter(request, "comp") == "list") return list(parameter(request, "prefix"));
    if (request.method == "PUT") return put(request);
    const auto blob = blobs_.find(request.path);
    if (blob == blobs_.end())
      return Response{.status = 404, .headers = {{"x-ms-error-code", "BlobNotFound"}}};
    return Response{.status = 200, .body = blob->second};
  }

  std::map<std::string, std::string> blobs_;

 private:
  static std::string parameter(const StubRequest& request, std::string_view wanted) {
    for (const auto& [name, value] : request.query)
      if (name == wanted) return value;
    return "";
  }

  Response list(const std::string& prefix) {
    blob::BlobList list{.container = "res"};
    for (const auto& [path, text] : blobs_)
      if (path.starts_with("/acc/res/" + prefix)) list.blobs.push_back({.name = path.substr(9)});
    return {.status = 200, .body = blob::write_blob_list(list)};
  }

  Response put(const StubRequest& request) {
    blobs_[request.path] = request.body;
    return {.status = 201,
            .headers = {{"ETag", "\"0x1\""}, {"Last-Modified", "Tue, 14 Mar 2023 20:33:31 GMT"}}};
  }
};

class AgentTransfer : public testing::Test {
 protected:
  AgentTransfer() { node_.connect(); }

  std::string container(const std::string& signature = "good") const {
    return stub_.url("/acc/res?sv=2021-12-02&sig=" + signature);
  }
  batch::OutputFile output(const std::string& pattern, const std::string& path,
                           OutputFileUploadCondition condition,
                           const std::string& signature = "good") const {
    return {.file_pattern = pattern,
            .destination = {.container =
                                batch::OutputFileContainer{.path = path,
                                                           .container_url = container(signature)}},
            .upload_options = {.upload_condition = condition}};
  }
  static RunSpec with_resource(const std::string& url) {
    RunSpec spec = run_of("sh -c 'exit 9'");
    spec.resource_files = {{.http_url = url, .file_path = "in.txt"}};
    return spec;
  }
  void end(const RunSpec& spec) {
    ToAgent frame;
    frame.end.push_back(spec.run);
    node_.send(frame);
  }

  NodeProcess node_;
  Store store_;
  HttpStub stub_{[this](const StubRequest& request) { return store_.answer(request); }};
};

TEST_F(AgentTransfer, brings_resources_before_the_command_and_follows_redirects) {
  store_.blobs_["/acc/res/case/a.inp"] = "A";
  store_.blobs_["/acc/res/case/sub/b.inp"] = "B";
  RunSpec spec = run_of("sh -c 'cat in.txt data/case/a.inp data/case/sub/b.inp'");
  spec.resource_files = {
      {.http_url = stub_.url("/moved"), .file_path = "in.txt"},
      {.storage_container_url = container(), .blob_prefix = "case/", .file_path = "data"}};
  EXPECT_EQ(node_.run_to_end(spec).exit_code, 0);
  EXPECT_EQ(node_.text_of_file("workitems/j/job-1/t/stdout.txt"), "plainAB");
}

TEST_F(AgentTransfer, does_not_start_the_command_when_a_resource_is_missing) {
  const RunEnd end = node_.run_to_end(with_resource(stub_.url("/acc/res/none?sig=good")));
  EXPECT_FALSE(end.exit_code);
  EXPECT_EQ(end.ended_by, EndedBy::itself);
  EXPECT_EQ(end.failure_info.value().code, "BlobNotFound");
  EXPECT_EQ(node_.text_of_file("workitems/j/job-1/t/stdout.txt"), "");
}

TEST_F(AgentTransfer, stops_a_download_when_the_run_is_to_end) {
  const RunSpec spec = with_resource(stub_.url("/hang"));
  node_.run(spec);
  stub_.wait_requests(1);
  end(spec);
  const RunEnd ended = node_.next_end();
  EXPECT_EQ(ended.ended_by, EndedBy::terminate);
  EXPECT_FALSE(ended.exit_code);
}

TEST_F(AgentTransfer, counts_the_download_into_the_wall_clock) {
  RunSpec spec = with_resource(stub_.url("/hang"));
  spec.max_wall_clock_time = Duration{std::chrono::milliseconds(200)};
  const RunEnd ended = node_.run_to_end(spec);
  EXPECT_EQ(ended.ended_by, EndedBy::wall_clock);
  EXPECT_FALSE(ended.exit_code);
}

TEST_F(AgentTransfer, an_agent_that_dies_takes_a_download_along) {
  node_.run(with_resource(stub_.url("/hang")));
  stub_.wait_requests(1);
  node_.kill_agent();  // waits until the runner has let go of the lock
}

TEST_F(AgentTransfer, uploads_by_condition_before_it_tells_the_end) {
  RunSpec spec = run_of("sh -c 'mkdir -p out/x; echo 1 >out/x/r.csv; echo said'");
  spec.output_files = {
      output("out/**/*.csv", "run", OutputFileUploadCondition::task_success),
      output("../stdout.txt", "logs/t.txt", OutputFileUploadCondition::task_completion),
      output("../stderr.txt", "bad.txt", OutputFileUploadCondition::task_failure)};
  EXPECT_EQ(node_.run_to_end(spec).exit_code, 0);
  EXPECT_EQ(store_.blobs_, (std::map<std::string, std::string>{{"/acc/res/run/x/r.csv", "1\n"},
                                                               {"/acc/res/logs/t.txt", "said\n"}}));
  EXPECT_THAT(node_.text_of_file("workitems/j/job-1/t/fileuploadout.txt"), HasSubstr("r.csv"));
  EXPECT_EQ(node_.text_of_file("workitems/j/job-1/t/fileuploaderr.txt"), "");
}

TEST_F(AgentTransfer, takes_the_wall_clock_as_a_failure_that_uploads) {
  RunSpec spec = run_of("sh -c 'echo part; exec sleep 1000'");
  spec.max_wall_clock_time = Duration{std::chrono::seconds(1)};
  spec.output_files = {output("../stdout.txt", "", OutputFileUploadCondition::task_failure)};
  EXPECT_EQ(node_.run_to_end(spec).ended_by, EndedBy::wall_clock);
  EXPECT_EQ(store_.blobs_.at("/acc/res/stdout.txt"), "part\n");
}

TEST_F(AgentTransfer, fails_a_task_whose_upload_is_denied_and_keeps_its_exit_code) {
  for (const int code : {0, 4}) {
    RunSpec spec = run_of("sh -c 'exit " + std::to_string(code) + "'", "t" + std::to_string(code));
    spec.output_files = {
        output("../stdout.txt", "", OutputFileUploadCondition::task_completion, "stale")};
    const RunEnd end = node_.run_to_end(spec);
    EXPECT_EQ(end.exit_code, code);
    EXPECT_EQ(end.failure_info.value().code, "FileUploadAccessDenied");
  }
}

TEST_F(AgentTransfer, uploads_nothing_of_a_run_that_is_ended_by_request) {
  LinePipe pipe(node_.outside("pipe"));
  RunSpec spec = run_of(node_.script("echo $$ >$1; exec sleep 1000", pipe.path()));
  spec.output_files = {output("../stdout.txt", "", OutputFileUploadCondition::task_completion)};
  node_.run(spec);
  pipe.next_processes(1);
  end(spec);
  EXPECT_EQ(node_.next_end().ended_by, EndedBy::terminate);
  EXPECT_TRUE(store_.blobs_.empty());
}

TEST_F(AgentTransfer, stops_an_upload_when_the_run_is_to_end) {
  RunSpec spec = run_of("true");
  spec.output_files = {output("../stdout.txt", "", OutputFileUploadCondition::task_completion)};
  HttpStub silent([](const StubRequest&) { return std::nullopt; });
  spec.output_files[0].destination.container->container_url = silent.url("/acc/res?sig=good");
  node_.run(spec);
  silent.wait_requests(1);
  end(spec);
  const RunEnd ended = node_.next_end();
  EXPECT_EQ(ended.ended_by, EndedBy::terminate);
  EXPECT_EQ(ended.exit_code, 0);
}

}  // namespace
}  // namespace dms::agent
