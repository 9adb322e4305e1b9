#include "agent/uploads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/file.h"
#include "tests/support/scripted_transport.h"
#include "tests/support/temp_directory.h"

namespace dms::agent {
namespace {

namespace fs = std::filesystem;
using batch::OutputFile;
using batch::OutputFileUploadCondition;
using testing::HasSubstr;
using testing::Not;

constexpr const char* output_container = "https://acc.blob.core.windows.net/results";

OutputFile output(
    const std::string& pattern, const std::string& path = {},
    OutputFileUploadCondition condition = OutputFileUploadCondition::task_completion) {
  batch::OutputFileContainer to{.container_url =
                                    std::string(output_container) + "?sv=1&sig=c2VjcmV0"};
  if (!path.empty()) to.path = path;
  return {.file_pattern = pattern,
          .destination = {.container = to},
          .upload_options = {.upload_condition = condition}};
}

Response created_answer() {
  return {.status = 201,
          .headers = {{"ETag", "\"0x1\""}, {"Last-Modified", "Tue, 14 Mar 2023 20:33:31 GMT"}}};
}

class Uploads : public testing::Test {
 protected:
  Uploads() {
    fs::create_directory(task_ / "wd");
    write("stdout.txt", "said");
    write("wd/a.csv", "1,2");
    write("wd/b.csv", "3,4");
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(task_ / name) << text;
  }
  Failure upload(const std::vector<OutputFile>& files) {
    return upload_files(transport_, files, {task_.path().string(), environment_}, {});
  }
  void expect_put(const std::string& blob, Response answer = created_answer()) {
    transport_.expect("PUT", std::string(output_container) + "/" + blob, std::move(answer));
  }
  std::string log() { return read_file(task_ / "fileuploadout.txt").value_or("?"); }
  std::string errors() { return read_file(task_ / "fileuploaderr.txt").value_or("?"); }

  TempDirectory task_;
  Environment environment_{"CASE=b"};
  ScriptedTransport transport_;
};

TEST_F(Uploads, sends_what_the_patterns_match_under_the_names_they_give) {
  expect_put("run/a.csv");
  expect_put("run/b.csv");
  expect_put("logs/t1.txt");
  expect_put("b.csv");
  EXPECT_FALSE(upload(
      {output("*.csv", "run"), output("../stdout.txt", "logs/t1.txt"), output("$CASE.csv")}));
  EXPECT_EQ(transport_.requests()[0].body, "1,2");
  EXPECT_EQ(transport_.requests()[2].body, "said");
  EXPECT_THAT(transport_.requests()[0].url, HasSubstr("sig=c2VjcmV0"));
  EXPECT_THAT(log(), HasSubstr("uploaded a.csv (3 bytes) to " + std::string(output_container) +
                               "/run/a.csv"));
  EXPECT_THAT(log(), Not(HasSubstr("c2VjcmV0")));
  EXPECT_EQ(errors(), "");
}

TEST_F(Uploads, sends_the_headers_that_the_task_asks_for) {
  OutputFile file = output("a.csv");
  file.destination.container->upload_headers = {
      {"Content-Type", "text/csv"}, {"x-ms-blob-cache-control", "no-cache"}, {"x-ms-meta-a", "1"}};
  expect_put("a.csv");
  EXPECT_FALSE(upload({file}));
  const Headers headers = transport_.requests()[0].headers;
  EXPECT_EQ(headers.get("x-ms-blob-content-type"), "text/csv");
  EXPECT_EQ(headers.get("x-ms-blob-cache-control"), "no-cache");
  EXPECT_EQ(headers.get("x-ms-meta-a"), "1");
}

TEST_F(Uploads, takes_a_pattern_without_a_match_as_no_failure) {
  EXPECT_FALSE(upload({output("*.none")}));
  EXPECT_THAT(errors(), HasSubstr("no file matches *.none"));
}

TEST_F(Uploads, tells_a_failure_by_the_services_codes_and_goes_on) {
  const std::vector<std::pair<Response, std::string>> table{
      {{.status = 403}, "FileUploadAccessDenied"},
      {{.status = 404, .headers = {{"x-ms-error-code", "ContainerNotFound"}}},
       "FileUploadContainerNotFound"},
      {{.status = 409, .headers = {{"x-ms-error-code", "ContainerBeingDeleted"}}},
       "FileUploadConflict"},
      {{.status = 500}, "FileUploadMiscError"}};
  for (const auto& [answer, code] : table) {
    expect_put("a.csv", answer);
    expect_put("b.csv");
    const Failure failure = upload({output("*.csv")});
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code, code);
    EXPECT_THAT(errors(), HasSubstr("uploading a.csv"));
    EXPECT_THAT(errors(), Not(HasSubstr("c2VjcmV0")));
    EXPECT_THAT(log(), HasSubstr("uploaded b.csv"));
    for (const auto& detail : failure->details)
      EXPECT_THAT(*detail.value, Not(HasSubstr("c2VjcmV0")));
  }
}

TEST_F(Uploads, does_not_match_its_own_logs) {
  expect_put("stdout.txt");
  EXPECT_FALSE(upload({output("../*.txt")}));
  remove_upload_logs(task_.path().string());
  expect_put("stdout.txt");
  EXPECT_FALSE(upload({output("../*.txt")}));
}

TEST_F(Uploads, refuses_a_destination_that_is_no_container) {
  OutputFile nowhere{.file_pattern = "a.csv"};
  EXPECT_EQ(upload({nowhere})->code, "FileUploadMiscError");
  OutputFile wrong = output("a.csv");
  wrong.destination.container->container_url = "not a url";
  EXPECT_EQ(upload({wrong})->code, "FileUploadMiscError");
}

TEST(UploadCondition, selects_by_the_commands_result) {
  const std::vector<OutputFile> files{output("always"),
                                      output("good", "", OutputFileUploadCondition::task_success),
                                      output("bad", "", OutputFileUploadCondition::task_failure)};
  const auto patterns = [&](CommandResult result) {
    std::string text;
    for (const auto& file : select_output_files(files, result)) text += file.file_pattern + " ";
    return text;
  };
  EXPECT_EQ(patterns(CommandResult::success), "always good ");
  EXPECT_EQ(patterns(CommandResult::failure), "always bad ");
}

}  // namespace
}  // namespace dms::agent
