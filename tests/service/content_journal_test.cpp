// Small content in the store until its file is on disk.
#include "service/blob/content_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include "core/file.h"
#include "tests/support/temp_directory.h"

namespace dms::service {
namespace {

namespace fs = std::filesystem;

class ContentJournalTest : public ::testing::Test {
 protected:
  NewContent finished(const std::string& bytes) {
    const auto upload = content.upload();
    EXPECT_TRUE(upload->write(bytes));
    return upload->finish().value();
  }

  std::map<std::string, std::string> rows() {
    std::map<std::string, std::string> found;
    EXPECT_TRUE(store->load("content", [&](std::string_view key, std::string_view value) {
      found.emplace(key.substr(key.rfind('/') + 1), value);
    }));
    return found;
  }

  bool no_row_is_left_soon() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!rows().empty() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return rows().empty();
  }

  std::string file(const std::string& name) {
    return read_file(content.path(name).string()).value_or("");
  }

  TempDirectory directory;
  Content content = Content::open(directory.path() / "blobs").value();
  std::unique_ptr<Store> store = memory_store();
};

TEST_F(ContentJournalTest, keeps_the_bytes_of_small_content_in_the_store) {
  const NewContent small = finished("a result");
  {
    ContentJournal journal(*store, content);
    EXPECT_TRUE(store->wait(journal.enqueue({Change::put("blob", "c/a", "{}")}, {small})));
  }
  EXPECT_EQ(file(small.file), "a result");
  EXPECT_THAT(rows(), testing::ElementsAre(testing::Pair(small.file, "a result")));
}

TEST_F(ContentJournalTest, makes_files_again_that_a_crash_has_emptied_or_taken) {
  const NewContent emptied = finished("emptied"), taken = finished("taken");
  {
    ContentJournal journal(*store, content);
    EXPECT_TRUE(store->wait(journal.enqueue({}, {emptied, taken})));
  }
  fs::resize_file(content.path(emptied.file), 0);
  content.remove(taken.file);
  ASSERT_TRUE(ContentJournal::restore(*store, content));
  EXPECT_EQ(file(emptied.file), "emptied");
  EXPECT_EQ(file(taken.file), "taken");
  EXPECT_THAT(rows(), testing::IsEmpty());
}

TEST_F(ContentJournalTest, gives_its_rows_up_when_the_files_are_on_disk) {
  ContentJournal journal(*store, content, std::chrono::milliseconds(20));
  const NewContent kept = finished("kept"), removed = finished("removed");
  EXPECT_TRUE(store->wait(journal.enqueue({}, {kept, removed})));
  content.remove(removed.file);
  EXPECT_TRUE(no_row_is_left_soon());
  EXPECT_EQ(file(kept.file), "kept");
  EXPECT_FALSE(fs::exists(content.path(removed.file)));
}

TEST_F(ContentJournalTest, has_no_part_in_large_content) {
  const std::string bytes(ContentUpload::small_bytes + 1, 'x');
  const NewContent large = finished(bytes);
  EXPECT_EQ(large.bytes, "");
  EXPECT_EQ(file(large.file), bytes);
  ContentJournal journal(*store, content);
  EXPECT_TRUE(store->wait(journal.enqueue({}, {large})));
  EXPECT_THAT(rows(), testing::IsEmpty());
}

TEST_F(ContentJournalTest, leaves_no_file_of_an_upload_that_was_not_finished) {
  for (const std::size_t size : {10ul, ContentUpload::small_bytes + 10}) {
    const auto upload = content.upload();
    ASSERT_TRUE(upload->write(std::string(size, 'x')));
  }
  for (const auto& entry : fs::recursive_directory_iterator(directory.path() / "blobs"))
    EXPECT_TRUE(entry.is_directory()) << entry.path();
}

}  // namespace
}  // namespace dms::service
