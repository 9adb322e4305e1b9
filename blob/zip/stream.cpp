#include "blob/zip/stream.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <system_error>

namespace dms::blob {
namespace {

constexpr int most_workers = 16;        // each holds a piece before and after it is compressed
constexpr std::size_t most_slots = 24;  // with pieces of 2 MiB some 50 MiB

// From here on a file may need 64-bit sizes, even when compressing made it a little larger.
constexpr std::uint64_t zip64_from_bytes = 0xFFF0'0000;

int worker_count(int wanted) {
  if (wanted <= 0) wanted = static_cast<int>(std::thread::hardware_concurrency());
  return std::clamp(wanted, 1, most_workers);
}

}  // namespace

ZipStream::ZipStream(std::vector<TreeEntry> tree, ZipWork work, std::stop_token stop)
    : tree_(std::move(tree)), work_(work), stop_(std::move(stop)), reader_(tree_, work) {}

ZipStream::~ZipStream() {
  for (auto& worker : workers_) worker.request_stop();
}

Result<std::unique_ptr<ZipStream>> ZipStream::start(std::vector<TreeEntry> tree, ZipWork work,
                                                    const ZipOptions& options) {
  std::unique_ptr<ZipStream> stream(new ZipStream(std::move(tree), work, options.stop));
  DMS_CHECK(stream->start_workers(worker_count(options.threads)));
  return stream;
}

Status ZipStream::start_workers(int wanted) {
  most_slots_ = std::min(most_slots, 2 * static_cast<std::size_t>(wanted) + 2);
  try {
    while (static_cast<int>(workers_.size()) < wanted)
      workers_.emplace_back([this](std::stop_token stop) { run_worker(std::move(stop)); });
  } catch (const std::system_error& problem) {
    // Those that are there do it.
    if (workers_.empty()) return fail_errno("starting a thread", problem.code().value());
  }
  return ok();
}

void ZipStream::run_worker(std::stop_token stop) {
  auto deflater = Deflater::create();
  while (const auto slot = take_work(stop)) {
    if (deflater)
      finish_piece(slot->piece, tree_[slot->piece.entry], work_, *deflater);
    else if (!slot->piece.error)
      slot->piece.error = deflater.error();
    const std::lock_guard lock(mutex_);
    slot->finished = true;
    changed_.notify_all();
  }
}

std::shared_ptr<ZipStream::Slot> ZipStream::take_work(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const auto has_room = [this] { return all_taken_ || slots_.size() < most_slots_; };
  if (!changed_.wait(lock, stop, has_room) || all_taken_ || stop.stop_requested()) return nullptr;
  auto piece = reader_.next();
  if (!piece) {
    all_taken_ = true;
    changed_.notify_all();
    return nullptr;
  }
  auto slot = std::make_shared<Slot>(Slot{.piece = *std::move(piece)});
  slots_.push_back(slot);
  return slot;
}

Result<std::optional<Piece>> ZipStream::take_finished() {
  std::unique_lock lock(mutex_);
  const auto there = [this] { return slots_.empty() ? all_taken_ : slots_.front()->finished; };
  if (!changed_.wait(lock, stop_, there) || stop_.stop_requested())
    return fail(Code::cancelled, "zipping: cancelled");
  if (slots_.empty()) return std::optional<Piece>();
  std::optional<Piece> piece = std::move(slots_.front()->piece);
  slots_.pop_front();
  changed_.notify_all();
  return piece;
}

Result<std::size_t> ZipStream::read(std::span<char> buffer) {
  std::size_t got = 0;
  while (got < buffer.size()) {
    if (ready_.empty() && ended_) break;
    if (ready_.empty()) {
      DMS_CHECK(advance());
      continue;
    }
    const std::string& first = ready_.front();
    const auto count = std::min(buffer.size() - got, first.size() - taken_);
    std::memcpy(buffer.data() + got, first.data() + taken_, count);
    got += count;
    taken_ += count;
    if (taken_ < first.size()) continue;
    ready_.pop_front();
    taken_ = 0;
  }
  return got;
}

Status ZipStream::advance() {
  DMS_TRY(std::optional<Piece> piece, take_finished());
  if (!piece) {
    finish_archive();
    return ok();
  }
  if (piece->error) return *std::move(piece->error);
  if (piece->first) begin_entry(*piece);
  record_.size_bytes += piece->size_bytes;
  record_.compressed_bytes += piece->data.size();
  append(std::move(piece->data));
  if (piece->last) end_entry(*piece);
  return ok();
}

void ZipStream::begin_entry(const Piece& piece) {
  const TreeEntry& entry = tree_[piece.entry];
  record_ = {.name = entry.name + (S_ISDIR(entry.mode) ? "/" : ""),
             .mode = entry.mode,
             .method = piece.method,
             .sizes = piece.whole() ? ZipSizes::before : ZipSizes::behind,
             .zip64 = !piece.whole() && entry.size_bytes >= zip64_from_bytes,
             .offset = offset_};
  if (work_ == ZipWork::hash) return;
  ZipRecord known = record_;
  if (piece.whole()) {
    known.crc32 = piece.crc32;
    known.compressed_bytes = piece.data.size();
    known.size_bytes = piece.size_bytes;
  }
  append(local_header(known));
}

void ZipStream::end_entry(const Piece& piece) {
  const TreeEntry& entry = tree_[piece.entry];
  record_.crc32 = piece.crc32;
  // Lengths stand before what could hold anything, so that no two lists read alike.
  manifest_.update(fmt::format("{:o} {} {} {} {}\n", static_cast<unsigned>(entry.mode),
                               record_.size_bytes, entry.name.size(), entry.name,
                               hex(piece.sha256)));
  if (!S_ISDIR(entry.mode)) {
    ++summary_.files;
    summary_.bytes += record_.size_bytes;
  }
  if (work_ == ZipWork::hash) return;
  if (record_.sizes == ZipSizes::behind) append(data_descriptor(record_));
  central_ += central_header(record_);
}

void ZipStream::append(std::string&& bytes) {
  if (bytes.empty()) return;
  offset_ += bytes.size();
  ready_.push_back(std::move(bytes));
}

void ZipStream::finish_archive() {
  ended_ = true;
  summary_.sha256 = hex(manifest_.finish());
  if (work_ == ZipWork::hash) return;
  const auto central_offset = offset_;
  const auto central_bytes = central_.size();
  append(std::move(central_));
  append(end_records(tree_.size(), central_offset, central_bytes));
}

ZipSummary ZipStream::summary() { return summary_; }

std::uint64_t ZipStream::most_bytes() const {
  constexpr std::uint64_t end_bytes = 98 + 22;
  std::uint64_t most = end_bytes;
  for (const TreeEntry& entry : tree_) {
    // A piece that cannot be compressed grows by less than a thousandth. A link's target is short.
    constexpr std::uint64_t longest_link = 4096;
    most += header_bytes_of(entry.name.size() + 1) + longest_link + entry.size_bytes +
            entry.size_bytes / 1000;
  }
  return most;
}

}  // namespace dms::blob
