// Store: first the contract, which both stores hold, then what only the one on disk has.
#include "service/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "core/file.h"
#include "tests/support/temp_directory.h"

namespace dms::service {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

using Rows = std::vector<std::pair<std::string, std::string>>;

Rows rows_of(Store& store, std::string_view kind) {
  Rows rows;
  const auto loaded = store.load(
      kind, [&](std::string_view key, std::string_view value) { rows.emplace_back(key, value); });
  EXPECT_TRUE(loaded) << loaded.error().message;
  return rows;
}

enum class Kind { memory, sqlite };

class StoreContract : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    store_ =
        GetParam() == Kind::memory ? memory_store() : open_store(directory_ / "state.db").value();
  }
  void commit(std::vector<Change> changes) { ASSERT_TRUE(store_->commit(std::move(changes))); }

  TempDirectory directory_;
  std::unique_ptr<Store> store_;
};

TEST_P(StoreContract, has_no_rows_of_a_kind_never_written) {
  EXPECT_THAT(rows_of(*store_, "pool"), IsEmpty());
}

TEST_P(StoreContract, rows_come_in_bytewise_key_order_and_by_kind) {
  commit({Change::put("pool", "b", "2"), Change::put("task", "x", "9"),
          Change::put("pool", "B", "1"), Change::put("pool", "\xc3\xa9", "4"),
          Change::put("pool", "b1", "3")});
  EXPECT_THAT(rows_of(*store_, "pool"),
              ElementsAre(Pair("B", "1"), Pair("b", "2"), Pair("b1", "3"), Pair("\xc3\xa9", "4")));
  EXPECT_THAT(rows_of(*store_, "task"), ElementsAre(Pair("x", "9")));
}

TEST_P(StoreContract, values_hold_any_bytes_and_none) {
  const std::string bytes("a\0b\xff", 4);
  commit({Change::put("blob", "bytes", bytes), Change::put("blob", "empty", "")});
  EXPECT_THAT(rows_of(*store_, "blob"), ElementsAre(Pair("bytes", bytes), Pair("empty", "")));
}

TEST_P(StoreContract, a_later_change_of_a_key_wins_within_and_across_groups) {
  commit({Change::put("pool", "a", "1"), Change::erase("pool", "a"), Change::put("pool", "a", "2"),
          Change::put("pool", "b", "1"), Change::erase("pool", "b")});
  EXPECT_THAT(rows_of(*store_, "pool"), ElementsAre(Pair("a", "2")));
  const Ticket first = store_->enqueue({Change::put("pool", "a", "3")});
  const Ticket second = store_->enqueue({Change::erase("pool", "a")});
  const Ticket third = store_->enqueue({Change::put("pool", "a", "4")});
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  ASSERT_TRUE(store_->wait(third));
  ASSERT_TRUE(store_->wait(first));
  EXPECT_THAT(rows_of(*store_, "pool"), ElementsAre(Pair("a", "4")));
}

TEST_P(StoreContract, erasing_what_is_not_there_is_no_error) {
  commit({Change::erase("pool", "a"), Change::erase_prefix("pool", "b")});
  EXPECT_THAT(rows_of(*store_, "pool"), IsEmpty());
}

TEST_P(StoreContract, a_prefix_erases_exactly_the_keys_that_start_with_it) {
  commit({Change::put("task", "j", ""), Change::put("task", "j/", ""),
          Change::put("task", "j/1", ""), Change::put("task", "j/\xff\xff", ""),
          Change::put("task", "j0", ""), Change::put("job", "j/1", "")});
  commit({Change::erase_prefix("task", "j/")});
  EXPECT_THAT(rows_of(*store_, "task"), ElementsAre(Pair("j", ""), Pair("j0", "")));
  EXPECT_THAT(rows_of(*store_, "job"), SizeIs(1));
}

TEST_P(StoreContract, a_prefix_of_highest_bytes_and_an_empty_one_erase_to_the_end) {
  commit({Change::put("k", "a", ""), Change::put("k", "\xff", ""), Change::put("k", "\xff\xff", ""),
          Change::put("k",
                      "\xff\xff"
                      "a",
                      "")});
  commit({Change::erase_prefix("k", "\xff\xff")});
  EXPECT_THAT(rows_of(*store_, "k"), ElementsAre(Pair("a", ""), Pair("\xff", "")));
  commit({Change::erase_prefix("k", "")});
  EXPECT_THAT(rows_of(*store_, "k"), IsEmpty());
}

TEST_P(StoreContract, nothing_changed_is_nothing_to_wait_for) {
  EXPECT_EQ(store_->enqueue({}), 0u);
  EXPECT_TRUE(store_->wait(0));
}

TEST_P(StoreContract, takes_groups_from_many_threads) {
  constexpr int threads = 16;
  constexpr int each = 50;
  {
    std::vector<std::jthread> writers;
    for (int t = 0; t < threads; ++t) {
      writers.emplace_back([&, t] {
        for (int i = 0; i < each; ++i) {
          EXPECT_TRUE(store_->commit({Change::put("own", fmt::format("{}/{}", t, i), "v"),
                                      Change::put("shared", "last", fmt::format("{}", t))}));
        }
      });
    }
  }
  EXPECT_THAT(rows_of(*store_, "own"), SizeIs(threads * each));
  EXPECT_THAT(rows_of(*store_, "shared"), SizeIs(1));
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, testing::Values(Kind::memory, Kind::sqlite),
                         [](const auto& kind) {
                           return kind.param == Kind::memory ? "memory" : "sqlite";
                         });

class SqliteStoreTest : public testing::Test {
 protected:
  std::unique_ptr<Store> open() { return open_store(path_).value(); }
  Error refused() {
    auto opened = open_store(path_);
    EXPECT_FALSE(opened);
    return opened ? Error{} : opened.error();
  }
  // Runs SQL on the database behind the store's back.
  void alter(const char* sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
  }

  TempDirectory directory_;
  const std::string path_ = directory_ / "state.db";
};

TEST_F(SqliteStoreTest, closing_writes_what_nobody_waited_for) {
  open()->enqueue({Change::put("pool", "a", "1")});
  EXPECT_THAT(rows_of(*open(), "pool"), ElementsAre(Pair("a", "1")));
}

TEST_F(SqliteStoreTest, a_process_that_dies_keeps_every_commit_it_waited_for) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto store = open_store(path_);
    bool written = store.has_value();
    for (int i = 0; written && i < 300; ++i) {
      written = (*store)->commit({Change::put("task", fmt::format("{:03}", i), "v")}).has_value();
    }
    ::_exit(written ? 0 : 1);  // no destructor runs: the journal is all there is
  }
  int ended = 0;
  ASSERT_EQ(::waitpid(child, &ended, 0), child);
  ASSERT_EQ(ended, 0);
  EXPECT_THAT(rows_of(*open(), "task"), SizeIs(300));
}

TEST_F(SqliteStoreTest, load_sees_what_was_enqueued_before_it) {
  auto store = open();
  for (int i = 0; i < 100; ++i) store->enqueue({Change::put("n", fmt::format("{:03}", i), "")});
  EXPECT_THAT(rows_of(*store, "n"), SizeIs(100));
}

TEST_F(SqliteStoreTest, its_files_are_for_the_owner_only) {
  auto store = open();
  ASSERT_TRUE(store->commit({Change::put("a", "b", "c")}));
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(directory_.path())) {
    struct stat found {};
    ASSERT_EQ(::stat(file.path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600u) << file.path();
    ++files;
  }
  EXPECT_EQ(files, 2);  // the database and its journal
}

TEST_F(SqliteStoreTest, narrows_the_mode_of_a_file_that_others_could_read) {
  open().reset();
  ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);
  open().reset();
  struct stat found {};
  ASSERT_EQ(::stat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST_F(SqliteStoreTest, a_second_store_on_the_same_file_is_refused) {
  auto store = open();
  const Error error = refused();
  EXPECT_EQ(error.code, Code::conflict);
  EXPECT_THAT(error.message, HasSubstr(path_));
}

TEST_F(SqliteStoreTest, a_file_that_is_no_database_is_named) {
  ASSERT_TRUE(write_file_atomic(path_, std::string(5000, 'x')));
  EXPECT_EQ(refused().code, Code::corrupt);
  EXPECT_THAT(refused().message, HasSubstr(path_));
  ASSERT_TRUE(write_file_atomic(path_, "[Batch]\n"));
  EXPECT_EQ(refused().code, Code::corrupt);
  EXPECT_EQ(read_file(path_).value(), "[Batch]\n");
}

TEST_F(SqliteStoreTest, a_database_of_another_program_is_refused_and_left_as_it_is) {
  alter("CREATE TABLE meta(a); INSERT INTO meta VALUES(1)");
  const std::string before = read_file(path_).value();
  EXPECT_EQ(refused().code, Code::corrupt);
  EXPECT_THAT(refused().message, HasSubstr(path_ + ": is a database of another program"));
  EXPECT_EQ(read_file(path_).value(), before);
}

TEST_F(SqliteStoreTest, a_newer_format_is_refused_with_its_number) {
  open().reset();
  alter("UPDATE meta SET value=7");
  const Error error = refused();
  EXPECT_EQ(error.code, Code::corrupt);
  EXPECT_THAT(error.message, HasSubstr(path_ + ": has format 7"));
}

TEST_F(SqliteStoreTest, a_directory_that_is_not_there_is_named) {
  auto opened = open_store(directory_ / "none/state.db");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::not_found);
  EXPECT_THAT(opened.error().message, HasSubstr("none/state.db"));
}

TEST_F(SqliteStoreTest, the_journal_starts_over_instead_of_growing) {
  auto store = open();
  const std::string value(100'000, 'v');
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(store->commit({Change::put("big", fmt::format("{}", i % 50), value)}));
  }
  EXPECT_LT(std::filesystem::file_size(path_ + "-wal"), 16u << 20);  // 30 MB were written
}

// Lets no file of this process grow beyond `bytes` while it lives: the disk is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(SqliteStoreTest, a_full_disk_ends_the_store_and_keeps_what_was_waited_for) {
  auto store = open();
  ASSERT_TRUE(store->commit({Change::put("a", "before", "1")}));
  const Ticket durable = store->enqueue({Change::put("a", "before2", "1")});
  ASSERT_TRUE(store->wait(durable));
  {
    const FullDisk full(256 << 10);
    const Status lost = store->commit({Change::put("a", "lost", std::string(1 << 20, 'x'))});
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().code, Code::exhausted) << lost.error().message;
    EXPECT_THAT(lost.error().message, HasSubstr(path_));
  }
  // There is room again, but an answer may have been built on what was lost.
  const Status after = store->commit({Change::put("a", "after", "1")});
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().code, Code::exhausted);
  EXPECT_TRUE(store->wait(durable));
  EXPECT_TRUE(store->wait(0));
  store.reset();
  EXPECT_THAT(rows_of(*open(), "a"), ElementsAre(Pair("before", "1"), Pair("before2", "1")));
}

}  // namespace
}  // namespace dms::service
