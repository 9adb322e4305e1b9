// The Store on SQLite: Database speaks SQL, SqliteStore owns the queue and the writing thread.
//
//   meta(name, value)         one row: "dmsbatch format" -> 1
//   rows(kind, key -> value)  everything else
//
// The journal is checkpointed by the writer itself, after it has woken those who waited: a
// checkpoint by SQLite's own trigger runs inside somebody's commit. While commits come in it waits
// for a pause, up to `forced_pages`; so a commit is held up by one copy of at most that many pages.
// A checkpoint on a second connection would not hold up anybody, but under steady load it never
// finds the end of the journal, which then grows without bound.
#include "service/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "core/file.h"
#include "core/log.h"

namespace dms::service {
namespace {

constexpr int format_version = 1;
constexpr int quiet_pages = 250;    // 4 MiB of journal: checkpointed when nobody waits
constexpr int forced_pages = 1000;  // 16 MiB: checkpointed even so

// A page of this size keeps values of up to 4 KB beside their keys; the usual 4 KiB page puts what
// is over 1 KB on a page of its own, which makes reading all rows of a kind ten times as slow.
constexpr const char* settings_sql =
    "PRAGMA page_size=16384;"
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA cache_size=-8192";  // 8 MiB: rows are written once and hardly ever read

constexpr const char* create_sql =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE rows(kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,"
    " PRIMARY KEY(kind, key)) WITHOUT ROWID;"
    "INSERT INTO meta VALUES('dmsbatch format', 1);"
    "COMMIT";

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

// Frees a statement's rows and locks when the scope that steps it ends.
class Stepping {
 public:
  explicit Stepping(const Statement& statement) : statement_(statement.get()) {}
  Stepping(const Stepping&) = delete;
  Stepping& operator=(const Stepping&) = delete;
  ~Stepping() { sqlite3_reset(statement_); }

  // Requires: `text` outlives this object.
  void bind_text(int place, std::string_view text) {
    sqlite3_bind_text64(statement_, place, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  void bind_blob(int place, std::string_view bytes) {
    sqlite3_bind_blob64(statement_, place, bytes.data(), bytes.size(), SQLITE_STATIC);
  }
  int step() { return sqlite3_step(statement_); }
  std::string_view column(int place) {
    const void* bytes = sqlite3_column_blob(statement_, place);
    const int size = sqlite3_column_bytes(statement_, place);
    return bytes ? std::string_view(static_cast<const char*>(bytes), size) : std::string_view();
  }
  int column_int(int place) { return sqlite3_column_int(statement_, place); }

 private:
  sqlite3_stmt* statement_;
};

// The least key that is greater than every key starting with `prefix`, or nothing when there is
// none.
std::optional<std::string> after_prefix(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
  if (prefix.empty()) return std::nullopt;
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

// One thread at a time.
class Database {
 public:
  static Result<std::unique_ptr<Database>> open(const std::string& path);

  // Writes the groups as one transaction, which is durable when this returns.
  Status write(const std::vector<std::vector<Change>>& groups);
  Status load(std::string_view kind,
              const std::function<void(std::string_view, std::string_view)>& row);

  int journal_pages() const { return journal_pages_; }
  // Copies the journal into the database, so that it starts over. A failure loses nothing: the
  // journal keeps every commit.
  Status checkpoint();

 private:
  explicit Database(std::string path) : path_(std::move(path)) {}

  Status connect();
  // Errors: corrupt when the file is no database, of another program, or of a newer format.
  Status check_format();
  Result<bool> is_empty();
  Status prepare_all();

  Status run(const char* sql, std::string_view doing);
  Result<Statement> prepare(const char* sql, std::string_view doing);
  Status apply(const Change& change);
  Status finish(Stepping& stepping, std::string_view doing);
  // SQLite's last failure as an Error that names the file.
  Error failure(std::string_view doing) const;

  std::string path_;
  std::unique_ptr<sqlite3, CloseDatabase> database_;
  Statement begin_, commit_, put_, erase_, erase_range_, erase_from_, select_;
  int journal_pages_ = 0;
};

// Whether the last write to the database or its journal found no room. SQLite
// itself tells a full disk (SQLITE_FULL), but neither a quota nor a limit on the size of files.
bool no_room(sqlite3* database, int which) {
  sqlite3_file* file = nullptr;
  int error = 0;
  if (sqlite3_file_control(database, nullptr, which, &file) != SQLITE_OK || !file ||
      !file->pMethods || file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error)) {
    return false;
  }
  return error == EDQUOT || error == EFBIG;
}

Error Database::failure(std::string_view doing) const {
  const int primary = sqlite3_extended_errcode(database_.get()) & 0xff;
  if (primary == SQLITE_FULL ||
      (primary == SQLITE_IOERR && (no_room(database_.get(), SQLITE_FCNTL_JOURNAL_POINTER) ||
                                   no_room(database_.get(), SQLITE_FCNTL_FILE_POINTER)))) {
    return fail(Code::exhausted, fmt::format("{}: {}: no space left for the service's state; free "
                                             "some and start the service again",
                                             path_, doing));
  }
  Code code = Code::internal;
  if (primary == SQLITE_NOTADB || primary == SQLITE_CORRUPT) code = Code::corrupt;
  if (primary == SQLITE_BUSY) code = Code::conflict;
  if (primary == SQLITE_READONLY || primary == SQLITE_PERM) code = Code::permission;
  return fail(code, fmt::format("{}: {}: {}", path_, doing,
                                primary == SQLITE_BUSY ? "another process uses it"
                                                       : sqlite3_errmsg(database_.get())));
}

// Creates the file with mode 0600 before SQLite would with another, and narrows one that exists.
Status make_private_file(const std::string& path) {
  auto created = open_file(path, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (created) {
    const auto directory = std::filesystem::path(path).parent_path();
    return fsync_directory(directory.empty() ? "." : directory.string());
  }
  if (created.error().code != Code::already_exists) return std::move(created).error();
  if (::chmod(path.c_str(), 0600) != 0) return fail_errno("chmod " + path, errno);
  return ok();
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path) {
  DMS_CHECK(make_private_file(path));
  std::unique_ptr<Database> connection(new Database(path));
  DMS_CHECK(connection->connect());
  DMS_CHECK(connection->check_format());
  DMS_CHECK(connection->run(settings_sql, "setting up"));
  DMS_TRY(const bool empty, connection->is_empty());
  if (empty) DMS_CHECK(connection->run(create_sql, "creating the tables"));
  DMS_CHECK(connection->prepare_all());
  return connection;
}

Status Database::connect() {
  sqlite3* raw = nullptr;
  const int opened =
      sqlite3_open_v2(path_.c_str(), &raw,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  database_.reset(raw);
  if (!raw) return fail(Code::internal, path_ + ": opening: out of memory");
  if (opened != SQLITE_OK) return failure("opening");
  sqlite3_busy_timeout(raw, 1000);
  // In place of SQLite's own checkpoint at every thousandth page.
  sqlite3_wal_hook(
      raw,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Database*>(self)->journal_pages_ = pages;
        return SQLITE_OK;
      },
      this);
  // A second service on the same file is refused, and the index of the journal stays in memory.
  return run("PRAGMA locking_mode=EXCLUSIVE", "locking");
}

Result<bool> Database::is_empty() {
  DMS_TRY(const Statement count,
          prepare("SELECT count(*) FROM sqlite_master", "reading the schema"));
  Stepping stepping(count);
  if (stepping.step() != SQLITE_ROW) return failure("reading the schema");
  return stepping.column_int(0) == 0;
}

Status Database::check_format() {
  DMS_TRY(const bool empty, is_empty());
  if (empty) return ok();
  auto select = prepare("SELECT value FROM meta WHERE name='dmsbatch format'", "reading meta");
  if (!select && select.error().code != Code::internal) return std::move(select).error();
  if (select) {
    Stepping stepping(*select);
    const int found = stepping.step();
    if (found != SQLITE_ROW && found != SQLITE_DONE) return failure("reading meta");
    const int version = found == SQLITE_ROW ? stepping.column_int(0) : 0;
    if (version > format_version) {
      return fail(Code::corrupt, fmt::format("{}: has format {}, this program knows up to {}; use "
                                             "the newer program that wrote it",
                                             path_, version, format_version));
    }
    if (version == format_version) return ok();
  }
  return fail(
      Code::corrupt,
      path_ + ": is a database of another program; move it away or choose another directory");
}

Status Database::prepare_all() {
  const auto into = [this](Statement& statement, const char* sql) -> Status {
    DMS_TRY(statement, prepare(sql, "preparing"));
    return ok();
  };
  DMS_CHECK(into(begin_, "BEGIN IMMEDIATE"));
  DMS_CHECK(into(commit_, "COMMIT"));
  DMS_CHECK(into(put_, "INSERT OR REPLACE INTO rows VALUES(?1, ?2, ?3)"));
  DMS_CHECK(into(erase_, "DELETE FROM rows WHERE kind=?1 AND key=?2"));
  DMS_CHECK(into(erase_range_, "DELETE FROM rows WHERE kind=?1 AND key>=?2 AND key<?3"));
  DMS_CHECK(into(erase_from_, "DELETE FROM rows WHERE kind=?1 AND key>=?2"));
  return into(select_, "SELECT key, value FROM rows WHERE kind=?1 ORDER BY key");
}

Status Database::run(const char* sql, std::string_view doing) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK) return ok();
  return failure(doing);
}

Result<Statement> Database::prepare(const char* sql, std::string_view doing) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v3(database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr) !=
      SQLITE_OK) {
    return failure(doing);
  }
  return Statement(raw);
}

Status Database::finish(Stepping& stepping, std::string_view doing) {
  if (stepping.step() == SQLITE_DONE) return ok();
  return failure(doing);
}

Status Database::apply(const Change& change) {
  if (change.prefix) {
    const std::optional<std::string> end = after_prefix(change.key);
    Stepping stepping(end ? erase_range_ : erase_from_);
    stepping.bind_text(1, change.kind);
    stepping.bind_text(2, change.key);
    if (end) stepping.bind_text(3, *end);
    return finish(stepping, "erasing");
  }
  Stepping stepping(change.erased ? erase_ : put_);
  stepping.bind_text(1, change.kind);
  stepping.bind_text(2, change.key);
  if (!change.erased) stepping.bind_blob(3, change.value);
  return finish(stepping, change.erased ? "erasing" : "writing");
}

Status Database::write(const std::vector<std::vector<Change>>& groups) {
  Stepping beginning(begin_);
  DMS_CHECK(finish(beginning, "beginning"));
  // What fails is left to the journal, which has no commit mark for it.
  for (const auto& group : groups) {
    for (const Change& change : group) DMS_CHECK(apply(change));
  }
  Stepping committing(commit_);
  return finish(committing, "committing");
}

Status Database::load(std::string_view kind,
                      const std::function<void(std::string_view, std::string_view)>& row) {
  Stepping stepping(select_);
  stepping.bind_text(1, kind);
  int stepped = stepping.step();
  for (; stepped == SQLITE_ROW; stepped = stepping.step()) {
    row(stepping.column(0), stepping.column(1));
  }
  if (stepped != SQLITE_DONE) return failure("reading");
  return ok();
}

Status Database::checkpoint() {
  journal_pages_ = 0;  // a failed one is tried again when as much has been written once more
  if (sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr,
                                nullptr) == SQLITE_OK) {
    return ok();
  }
  return failure("checkpointing");
}

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(std::unique_ptr<Database> connection)
      : connection_(std::move(connection)),
        writer_([this](std::stop_token stop) { write_until(stop); }) {}

  // Writes what is queued; the connection then folds the journal into the database.
  ~SqliteStore() override {
    writer_.request_stop();
    writer_.join();
  }

  Ticket enqueue(std::vector<Change> changes) override;
  Status wait(Ticket ticket) override;
  Ticket durable() override;
  Status load(std::string_view kind,
              const std::function<void(std::string_view, std::string_view)>& row) override;

 private:
  void write_until(std::stop_token stop);
  // Tells the waiters. Gives whether more is queued already.
  bool publish(Ticket last, Status written);
  void checkpoint_when_due(bool busy);

  std::mutex mutex_;
  std::condition_variable_any queued_;
  std::condition_variable_any published_;
  std::vector<std::vector<Change>> queue_;  // the groups up to last_ that no transaction has taken
  Ticket last_ = 0;
  Ticket durable_ = 0;
  std::optional<Error> failure_;  // of every ticket beyond durable_, once set

  std::mutex connection_mutex_;  // never taken while mutex_ is held
  std::unique_ptr<Database> connection_;
  std::jthread writer_;  // last: it uses all of the above
};

Ticket SqliteStore::enqueue(std::vector<Change> changes) {
  if (changes.empty()) return 0;
  const std::lock_guard lock(mutex_);
  if (!failure_) queue_.push_back(std::move(changes));
  queued_.notify_one();
  return ++last_;
}

Status SqliteStore::wait(Ticket ticket) {
  std::unique_lock lock(mutex_);
  assert(ticket <= last_);
  published_.wait(lock, [&] { return durable_ >= ticket || failure_; });
  if (durable_ >= ticket) return ok();
  return *failure_;
}

Ticket SqliteStore::durable() {
  const std::lock_guard lock(mutex_);
  return durable_;
}

Status SqliteStore::load(std::string_view kind,
                         const std::function<void(std::string_view, std::string_view)>& row) {
  Ticket last;
  {
    const std::lock_guard lock(mutex_);
    last = last_;
  }
  DMS_CHECK(wait(last));
  const std::lock_guard lock(connection_mutex_);
  return connection_->load(kind, row);
}

void SqliteStore::write_until(std::stop_token stop) {
  for (;;) {
    std::vector<std::vector<Change>> groups;
    Ticket last;
    {
      std::unique_lock lock(mutex_);
      queued_.wait(lock, stop, [this] { return !queue_.empty(); });
      if (queue_.empty()) return;
      groups = std::exchange(queue_, {});
      last = last_;
    }
    const std::lock_guard connection_lock(connection_mutex_);
    const bool busy = publish(last, connection_->write(groups));
    checkpoint_when_due(busy);
  }
}

bool SqliteStore::publish(Ticket last, Status written) {
  const std::lock_guard lock(mutex_);
  if (written) {
    durable_ = last;
  } else {
    failure_ = std::move(written).error();
    queue_.clear();
  }
  published_.notify_all();
  return !queue_.empty();
}

void SqliteStore::checkpoint_when_due(bool busy) {
  if (connection_->journal_pages() < (busy ? forced_pages : quiet_pages)) return;
  if (auto done = connection_->checkpoint(); !done) {
    log_warn("the journal of the service's state keeps growing: " + done.error().message);
  }
}

}  // namespace

Result<std::unique_ptr<Store>> open_store(const std::string& path) {
  DMS_TRY(auto connection, Database::open(path));
  return std::unique_ptr<Store>(std::make_unique<SqliteStore>(std::move(connection)));
}

}  // namespace dms::service
