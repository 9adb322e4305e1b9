// Applications and their packages, as clients see them.
#include "core/file.h"
#include "tests/service/batch_fixture.h"

namespace dms::service {
namespace {

namespace fs = std::filesystem;

class BatchApplications : public BatchServiceTest {
 protected:
  const std::string zip = "PK\x05\x06" + std::string(18, '\0');
  const std::string stored = directory / "packages";

  Response put(const std::string& target, const std::string& body) {
    return client_of_packages.send(request("PUT", target, body)).value();
  }
  std::string outcome_of(const std::string& target, const std::string& body) {
    return outcome(put(target, body));
  }
  // Files of uploads that were not finished.
  std::size_t unfinished() const {
    return fs::exists(stored + "/tmp")
               ? static_cast<std::size_t>(std::distance(fs::directory_iterator(stored + "/tmp"),
                                                        fs::directory_iterator{}))
               : 0;
  }

  BatchService packages{
      {test_key(), base, directory.path().string(), directory / "packages"}, engine, clock};
  RouterTransport packages_door{packages};
  Signed client_of_packages{packages_door, test_key(), Protocol::batch, clock};
};

TEST_F(BatchApplications, are_uploaded_listed_changed_and_deleted) {
  EXPECT_EQ(put("/applications/Tool/versions/1.0", zip).status, 201);
  EXPECT_EQ(put("/applications/tool/versions/2.0", zip + "x").status, 201);
  EXPECT_EQ(read_file(stored + "/tool/1.0.zip").value(), zip);
  EXPECT_EQ(read_file(stored + "/tool/2.0.zip").value(), zip + "x");
  EXPECT_EQ(put("/applications/other/versions/1", zip).status, 201);
  auto page = get<batch::Page<batch::ApplicationSummary>>("/applications");
  ASSERT_EQ(page.value.size(), 2u);
  EXPECT_EQ(page.value[1].id, "Tool");
  page = get<batch::Page<batch::ApplicationSummary>>("/applications?maxresults=1");
  ASSERT_EQ(page.value.size(), 1u);
  EXPECT_TRUE(page.next_link);
  const auto one = get<batch::ApplicationSummary>("/applications/TOOL");
  EXPECT_EQ(one.versions, (std::vector<std::string>{"1.0", "2.0"}));
  EXPECT_EQ(
      send("PATCH", "/applications/tool", R"({"displayName":"The tool","defaultVersion":"2.0"})")
          .status,
      200);
  EXPECT_EQ(get<batch::ApplicationSummary>("/applications/tool").display_name, "The tool");
  EXPECT_EQ(put("/applications/tool/versions/1.0", zip + "new").status, 201);
  EXPECT_EQ(read_file(stored + "/tool/1.0.zip").value(), zip + "new");
  EXPECT_EQ(send("DELETE", "/applications/tool/versions/1.0").status, 200);
  EXPECT_FALSE(fs::exists(stored + "/tool/1.0.zip"));
  EXPECT_EQ(send("DELETE", "/applications/tool").status, 200);
  EXPECT_FALSE(fs::exists(stored + "/tool"));
  EXPECT_EQ(outcome(send("GET", "/applications/tool")), "404 ApplicationNotFound");
  EXPECT_EQ(outcome(send("DELETE", "/applications/tool")), "404 ApplicationNotFound");
  EXPECT_EQ(outcome(send("PATCH", "/applications/tool", "{}")), "404 ApplicationNotFound");
  EXPECT_EQ(unfinished(), 0u);
}

TEST_F(BatchApplications, are_taken_from_those_who_may_write_only) {
  Signed stranger(packages_door, {"acct", std::string(64, 'x')}, Protocol::batch, clock);
  const auto answer = stranger.send(request("PUT", "/applications/tool/versions/1", zip));
  EXPECT_EQ(outcome(*answer), "403 AuthenticationFailed");
  EXPECT_FALSE(fs::exists(stored)) << "not a byte was written";
}

TEST_F(BatchApplications, are_zips_with_names_that_can_be_directories) {
  EXPECT_EQ(outcome_of("/applications/tool/versions/1", "no zip"), "400 InvalidRequestBody");
  EXPECT_EQ(outcome_of("/applications/tool/versions/1", ""), "400 InvalidRequestBody");
  EXPECT_EQ(outcome_of("/applications/tool/versions/..%2F1", zip), "400 InvalidPropertyValue");
  EXPECT_EQ(outcome_of("/applications/a%20b/versions/1", zip), "400 InvalidPropertyValue");
  EXPECT_EQ(outcome_of("/applications/tool/versions/.hidden", zip), "400 InvalidPropertyValue");
  EXPECT_EQ(unfinished(), 0u);
  EXPECT_TRUE(get<batch::Page<batch::ApplicationSummary>>("/applications").value.empty());
}

TEST_F(BatchApplications, may_be_larger_than_other_bodies) {
  packages_door.piece_bytes = 1 << 16;
  EXPECT_EQ(put("/applications/tool/versions/1", zip + std::string(3 << 20, 'x')).status, 201);
  EXPECT_EQ(fs::file_size(stored + "/tool/1.zip"), zip.size() + (3 << 20));
}

TEST_F(BatchApplications, are_checked_where_pools_and_tasks_refer_to_them) {
  const std::string references = R"(,"applicationPackageReferences":[{"applicationId":"tool"}])";
  const std::string pool = R"({"id":"p","vmSize":"small")" + references + "}";
  EXPECT_EQ(outcome(send("POST", "/pools", pool)), "409 InvalidApplicationPackageReferences");
  add_pool();
  add_job();
  const std::string task = R"({"id":"t","commandLine":"true")" + references + "}";
  EXPECT_EQ(outcome(send("POST", "/jobs/j/tasks", task)),
            "409 InvalidApplicationPackageReferences");
}

}  // namespace
}  // namespace dms::service
