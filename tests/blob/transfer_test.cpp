// Many files: what goes up, what comes down, what is left alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <condition_variable>
#include <mutex>

#include "tests/blob/transfer_fixture.h"

namespace dms::blob {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

TEST_F(TransferTest, takes_a_directory_there_and_back_as_it_is) {
  write("a.txt", "alpha");
  write("deep/er/b c#%ü+&.txt", "beta");
  write("run.sh", "#!/bin/sh\n");
  write("empty.txt", "");
  fs::create_directories(here / "nothing/in here");
  fs::create_symlink("../a.txt", here / "deep/link");
  ::chmod((here / "run.sh").c_str(), 0750);
  const auto sent = up();
  EXPECT_EQ(sent.files, 6u);
  EXPECT_TRUE(sent.failures.empty());
  EXPECT_THAT(names(),
              UnorderedElementsAre("study/a.txt", "study/deep/er/b c#%ü+&.txt", "study/run.sh",
                                   "study/empty.txt", "study/nothing/in here", "study/deep/link"));
  const auto got = down();
  EXPECT_EQ(got.files, 6u);
  EXPECT_TRUE(got.failures.empty());
  EXPECT_EQ(text_of(there / "a.txt"), "alpha");
  EXPECT_EQ(text_of(there / "deep/er/b c#%ü+&.txt"), "beta");
  EXPECT_EQ(text_of(there / "empty.txt"), "");
  EXPECT_TRUE(fs::is_directory(there / "nothing/in here"));
  EXPECT_EQ(fs::read_symlink(there / "deep/link"), "../a.txt");
  EXPECT_EQ(fs::status(there / "run.sh").permissions(), static_cast<fs::perms>(0750));
}

TEST_F(TransferTest, keeps_kind_and_mode_under_the_names_of_azcopy) {
  write("a", "alpha");
  ::chmod((here / "a").c_str(), 0644);
  fs::create_directories(here / "nothing");
  fs::create_symlink("a", here / "link");
  up();
  EXPECT_EQ(service.blobs["study/a"].metadata.get("x-ms-meta-permissions"), "33188");
  EXPECT_EQ(service.blobs["study/nothing"].metadata.get("x-ms-meta-hdi_isfolder"), "true");
  EXPECT_EQ(service.blobs["study/link"].metadata.get("x-ms-meta-is_symlink"), "true");
  EXPECT_EQ(service.blobs["study/link"].content, "a");
}

TEST_F(TransferTest, sends_and_fetches_nothing_that_is_unchanged) {
  write("a", "alpha");
  write("b", "beta");
  fs::create_directories(here / "nothing");
  fs::create_symlink("a", here / "link");
  up();
  service.sent_bytes = 0;
  const auto again = up();
  EXPECT_EQ(again.files, 0u);
  EXPECT_EQ(again.skipped_files, 4u);
  EXPECT_EQ(service.sent_bytes, 0u);
  down();
  service.received_bytes = 0;
  const auto back = down();
  EXPECT_EQ(back.files, 0u);
  EXPECT_EQ(back.skipped_files, 4u);
  EXPECT_EQ(service.received_bytes, 0u);
}

TEST_F(TransferTest, sends_what_changed_even_if_its_size_did_not) {
  write("a", "alpha");
  write("b", "beta");
  up();
  write("a", "ALPHA");
  EXPECT_EQ(up().files, 1u);
  EXPECT_EQ(service.blobs["study/a"].content, "ALPHA");
  ::chmod((here / "b").c_str(), 0700);
  EXPECT_EQ(up().files, 1u);
}

TEST_F(TransferTest, replaces_or_keeps_what_is_there_when_told_so) {
  write("a", "new");
  service.put("study/a", "old");
  EXPECT_EQ(up({.existing = TransferOptions::Existing::keep}).skipped_files, 1u);
  EXPECT_EQ(service.blobs["study/a"].content, "old");
  EXPECT_EQ(up({.existing = TransferOptions::Existing::replace}).files, 1u);
  EXPECT_EQ(up({.existing = TransferOptions::Existing::replace}).files, 1u);
  EXPECT_EQ(service.blobs["study/a"].content, "new");
}

TEST_F(TransferTest, takes_only_what_its_patterns_take) {
  for (const auto* name : {"a.csv", "b.txt", "deep/c.csv", "tmp/d.csv"}) write(name, "x");
  const NameFilter filter{.include = {"*.csv"}, .exclude = {"tmp"}};
  up({.names = filter});
  EXPECT_THAT(names(), UnorderedElementsAre("study/a.csv", "study/deep/c.csv"));
  service.put("study/b.txt", "x");
  service.put("study/tmp/e.csv", "x");
  EXPECT_EQ(down({.names = filter}).files, 2u);
  EXPECT_FALSE(fs::exists(there / "b.txt"));
  EXPECT_FALSE(fs::exists(there / "tmp"));
}

TEST_F(TransferTest, lists_no_folder_in_which_nothing_can_be_taken) {
  service.put("study/runs/7/a.txt", "x");
  service.put("study/runs/8/a.txt", "x");
  service.log.clear();
  std::vector<std::string> prefixes;
  service.done = [&](const Request& request) {
    for (const auto& [key, value] : parse_query(request.url.query))
      if (key == "prefix") prefixes.push_back(value);
  };
  EXPECT_EQ(down({.names = {.include = {"runs/7/*.txt"}}}).files, 1u);
  EXPECT_THAT(prefixes, testing::ElementsAre("study/runs/7/"));
  prefixes.clear();
  down({.names = {.exclude = {"runs/8"}}});
  EXPECT_THAT(prefixes, testing::ElementsAre("study/", "study/runs/", "study/runs/7/"));
  prefixes.clear();
  EXPECT_EQ(down({.names = {.include = {"runs/7"}}}).skipped_files, 1u);
  EXPECT_THAT(prefixes, testing::ElementsAre("study/runs/7"));
}

// Lets the lists of two folders through when both are there, which they are when nobody waits for
// the first.
class TwoListsAtOnce final : public Transport {
 public:
  explicit TwoListsAtOnce(Transport& next) : next_(next) {}
  Result<Response> send(const Request& request, std::stop_token stop = {}) override {
    if (request.url.query.find("prefix=study%2Ff") != std::string::npos) {
      std::unique_lock lock(mutex_);
      ++there_;
      came_.notify_all();
      if (!came_.wait_for(lock, std::chrono::seconds(10), [&] { return there_ >= 2; }))
        return fail(Code::internal, "one list at a time");
    }
    return next_.send(request, std::move(stop));
  }

 private:
  Transport& next_;
  std::mutex mutex_;
  std::condition_variable came_;
  int there_ = 0;
};

TEST_F(TransferTest, lists_several_folders_at_once) {
  for (const auto* name : {"study/f1/a", "study/f2/a", "study/f3/a"}) service.put(name, "x");
  TwoListsAtOnce two(service);
  AzureBlob client(account, two, clock);
  const auto got =
      download_directory(client, {"cont1", "study"}, there, {.names = {.exclude = {"*.log"}}});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->files, 3u);
}

TEST_F(TransferTest, does_nothing_in_a_dry_run_but_tells_what_it_would_do) {
  write("a", "alpha");
  service.has_container = false;
  std::vector<std::string> told;
  const TransferOptions dry{.run = TransferOptions::Run::dry,
                            .told = [&](const TransferStep& step) { told.push_back(step.name); }};
  EXPECT_EQ(up(dry).files, 1u);
  EXPECT_FALSE(service.has_container);
  EXPECT_TRUE(service.blobs.empty());
  service.has_container = true;
  service.put("study/b", "beta");
  EXPECT_EQ(down(dry).files, 1u);
  EXPECT_FALSE(fs::exists(there));
  EXPECT_EQ(delete_directory(blob, {"cont1", "study"}, dry).value().removed, 1u);
  EXPECT_THAT(names(), UnorderedElementsAre("study/b"));
  EXPECT_THAT(told, testing::ElementsAre("a", "b", "b"));
}

TEST_F(TransferTest, removes_what_only_the_target_has_when_told_so) {
  write("a", "alpha");
  service.put("study/gone", "x");
  service.put("study/kept.log", "x");
  service.put("other/x", "x");
  const TransferOptions mirror{.names = {.exclude = {"*.log"}},
                               .extra = TransferOptions::Extra::remove};
  EXPECT_EQ(up(mirror).removed, 1u);
  EXPECT_THAT(names(), UnorderedElementsAre("study/a", "study/kept.log", "other/x"));
  fs::create_directories(there / "old");
  std::ofstream(there / "old/x") << "x";
  std::ofstream(there / "kept.log") << "x";
  EXPECT_EQ(down(mirror).removed, 1u);
  EXPECT_FALSE(fs::exists(there / "old/x"));
  EXPECT_TRUE(fs::exists(there / "kept.log"));
}

TEST_F(TransferTest, removes_nothing_for_a_source_that_is_empty_or_a_transfer_that_failed) {
  fs::create_directories(there);
  std::ofstream(there / "mine") << "x";
  const TransferOptions mirror{.extra = TransferOptions::Extra::remove};
  EXPECT_EQ(download_directory(blob, {"cont1", "typo"}, there, mirror).error().code,
            Code::not_found);
  service.put("study/../evil", "x");
  EXPECT_EQ(down(mirror).failures.size(), 1u);
  EXPECT_TRUE(fs::exists(there / "mine"));
}

TEST_F(TransferTest, writes_nothing_outside_of_the_directory) {
  for (const auto* name : {"study/../out", "study//abs", "study/a/./b"}) service.put(name, "x");
  service.put("study/link", "../../etc");
  service.blobs["study/link"].metadata.set("x-ms-meta-is_symlink", "true");
  service.put("study/good", "x");
  const auto got = down();
  EXPECT_EQ(got.files, 1u);
  EXPECT_EQ(got.failures.size(), 4u);
  EXPECT_FALSE(fs::exists(fs::symlink_status(there / "link")));
  EXPECT_FALSE(fs::exists(dir.path() / "out"));
}

TEST_F(TransferTest, goes_on_after_a_file_that_fails_and_ends_when_the_service_is_gone) {
  for (int i = 0; i < 20; ++i) write("f" + std::to_string(i), "x");
  service.trouble = [](const Request& request, int) -> std::optional<Result<Response>> {
    if (request.url.path.ends_with("/f7")) return Result<Response>(Response{.status = 400});
    return std::nullopt;
  };
  const auto sent = up();
  EXPECT_EQ(sent.files, 19u);
  ASSERT_EQ(sent.failures.size(), 1u);
  EXPECT_EQ(sent.failures[0].name, "f7");
  service.trouble = [](const Request&, int) -> std::optional<Result<Response>> {
    return Result<Response>(fail(Code::unavailable, "gone"));
  };
  EXPECT_EQ(upload_directory(here, blob, {"cont1", "study"}).error().code, Code::unavailable);
}

TEST_F(TransferTest, stops_when_it_is_told_to) {
  for (int i = 0; i < 20; ++i) write("f" + std::to_string(i), "x");
  std::stop_source stop;
  service.done = [&](const Request& request) {
    if (request.method == "PUT") stop.request_stop();
  };
  const auto sent =
      upload_directory(here, blob, {"cont1", "study"}, {.parallel = 1}, stop.get_token());
  EXPECT_EQ(sent.error().code, Code::cancelled);
  EXPECT_EQ(service.blobs.size(), 1u);
}

TEST_F(TransferTest, creates_the_container_that_is_missing) {
  write("a", "alpha");
  service.has_container = false;
  EXPECT_EQ(up().files, 1u);
  EXPECT_TRUE(service.has_container);
}

TEST_F(TransferTest, leaves_partial_downloads_alone) {
  write("a", "alpha");
  write(".b.dmsbatch-part", "half");
  EXPECT_EQ(up().files, 1u);
}

TEST_F(TransferTest, refuses_names_that_the_service_would_take_for_others) {
  write("back\\slash", "x");
  const auto sent = up();
  ASSERT_EQ(sent.failures.size(), 1u);
  EXPECT_THAT(sent.failures[0].error.message, HasSubstr("backslash"));
}

TEST_F(TransferTest, has_the_service_copy_what_is_new) {
  service.put("study/a", "alpha");
  service.put("study/deep/b", "beta");
  service.put("copy/a", "alpha");
  service.put("copy/extra", "x");
  const auto copied = copy_directory(blob, {"cont1", "study"}, blob, {"cont1", "copy"},
                                     {.extra = TransferOptions::Extra::remove});
  ASSERT_TRUE(copied) << copied.error().message;
  EXPECT_EQ(copied->files, 1u);
  EXPECT_EQ(copied->skipped_files, 1u);
  EXPECT_EQ(copied->removed, 1u);
  EXPECT_EQ(service.blobs["copy/deep/b"].content, "beta");
  EXPECT_EQ(service.sent_bytes, 0u);
}

TEST_F(TransferTest, deletes_a_folder_and_not_what_only_begins_like_it) {
  for (const auto* name : {"study/a", "study/deep/b", "study2/c", "study"}) service.put(name, "x");
  EXPECT_EQ(delete_directory(blob, {"cont1", "study"}).value().removed, 2u);
  EXPECT_THAT(names(), UnorderedElementsAre("study2/c", "study"));
}

TEST_F(TransferTest, finds_fault_with_a_source_that_is_not_there) {
  service.put("study/a", "x");
  service.put("hollow", "");  // an empty folder
  const auto code = [](const auto& result) { return result ? Code{} : result.error().code; };
  EXPECT_EQ(code(download_directory(blob, {"cont1", "studio"}, there)), Code::not_found);
  EXPECT_EQ(code(copy_directory(blob, {"cont1", "studio"}, blob, {"cont1", "c"})), Code::not_found);
  EXPECT_EQ(code(delete_directory(blob, {"cont1", "studio"})), Code::not_found);
  EXPECT_EQ(download_directory(blob, {"cont1", "hollow"}, there).value().files, 0u);
  EXPECT_EQ(download_directory(blob, {"cont1", "studio"}, there, {.names = {.include = {"*.c"}}})
                .value()
                .files,
            0u);
}

TEST_F(TransferTest, tells_a_meter_what_it_does) {
  write("a", "alpha");
  write("b", "beta");
  service.put("study/b", "beta");
  TransferMeter meter;
  up({.meter = &meter});
  EXPECT_EQ(meter.files_done, 1u);
  EXPECT_EQ(meter.files_skipped, 1u);
  EXPECT_EQ(meter.files_in_flight, 0u);
  EXPECT_EQ(meter.moved_bytes, 5u);
}

TEST_F(TransferTest, lives_with_every_third_request_failing) {
  for (int i = 0; i < 30; ++i) write("f" + std::to_string(i), std::to_string(i));
  service.trouble = [](const Request&, int number) -> std::optional<Result<Response>> {
    if (number % 3 != 0) return std::nullopt;
    return Result<Response>(Response{.status = number % 2 ? 500 : 503});
  };
  EXPECT_EQ(up({.parallel = 4}).files, 30u);
  EXPECT_EQ(down({.parallel = 4}).files, 30u);
  for (int i = 0; i < 30; ++i)
    EXPECT_EQ(text_of(there / ("f" + std::to_string(i))), std::to_string(i));
}

TEST_F(TransferTest, takes_one_file_as_a_directory_would) {
  write("run.sh", "#!/bin/sh\n");
  ::chmod((here / "run.sh").c_str(), 0750);
  fs::create_symlink("run.sh", here / "link");
  const auto up_one = [&](const char* name, const TransferOptions& options = {}) {
    return upload_file(here / name, blob, {"cont1", "bin/run"}, options).value();
  };
  service.has_container = false;
  EXPECT_EQ(up_one("run.sh", {.run = TransferOptions::Run::dry}).files, 1u);
  EXPECT_TRUE(service.blobs.empty());
  EXPECT_EQ(up_one("run.sh").files, 1u);
  EXPECT_EQ(up_one("run.sh").skipped_files, 1u);
  EXPECT_EQ(up_one("link").skipped_files, 1u) << "a link that was named is followed";
  EXPECT_EQ(up_one("run.sh", {.existing = TransferOptions::Existing::replace}).files, 1u);
  EXPECT_EQ(up_one("run.sh", {.names = {.exclude = {"run"}}}).files, 0u);
  write("run.sh", "new");
  EXPECT_EQ(up_one("run.sh", {.existing = TransferOptions::Existing::keep}).skipped_files, 1u);

  const auto down_one = [&](const TransferOptions& options = {}) {
    auto item = blob.get_blob_properties("cont1", "bin/run").value();
    return download_file(blob, "cont1", std::move(item), there / "deep/mine", options).value();
  };
  EXPECT_EQ(down_one({.names = {.include = {"*.csv"}}}).files, 0u);
  EXPECT_EQ(down_one({.run = TransferOptions::Run::dry}).files, 1u);
  EXPECT_FALSE(fs::exists(there));
  EXPECT_EQ(down_one().files, 1u);
  EXPECT_EQ(text_of(there / "deep/mine"), "#!/bin/sh\n");
  EXPECT_EQ(fs::status(there / "deep/mine").permissions(), static_cast<fs::perms>(0750));
  EXPECT_EQ(down_one().skipped_files, 1u);
  service.put("bin/run", "other");
  EXPECT_EQ(down_one({.existing = TransferOptions::Existing::keep}).skipped_files, 1u);

  const auto copy_it = [&](const TransferOptions& options = {}) {
    auto item = blob.get_blob_properties("cont1", "bin/run").value();
    return copy_one(blob, "cont1", std::move(item), blob, {"cont1", "a/copy"}, options).value();
  };
  EXPECT_EQ(copy_it({.run = TransferOptions::Run::dry}).bytes, 5u);
  EXPECT_EQ(copy_it().files, 1u);
  EXPECT_EQ(copy_it().skipped_files, 1u);
  EXPECT_EQ(service.blobs["a/copy"].content, "other");
}

TEST_F(TransferTest, says_of_one_file_what_is_wrong_with_it) {
  fs::create_directories(here);
  const auto up_one = [&](const char* name) {
    return upload_file(here / name, blob, {"cont1", "b"}).error();
  };
  EXPECT_EQ(up_one("gone").code, Code::not_found);
  ASSERT_EQ(::mkfifo((here / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(up_one("pipe").code, Code::invalid_argument);
  EXPECT_THAT(up_one("pipe").message, HasSubstr("neither file"));
}

}  // namespace
}  // namespace dms::blob
