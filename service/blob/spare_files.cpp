#include "service/blob/spare_files.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <utility>

namespace dms::service {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_spares = 32;

}  // namespace

SpareFiles::SpareFiles(fs::path directory) : directory_(std::move(directory)) {
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
  fs::create_directory(directory_, ignored);
}

SpareFiles::~SpareFiles() {
  if (filler_.joinable()) {
    filler_.request_stop();
    filler_.join();
  }
  std::error_code ignored;
  for (const Spare& spare : spares_) fs::remove(spare.path, ignored);
}

std::optional<SpareFiles::Spare> SpareFiles::take() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(wanted_, true))
    filler_ = std::jthread([this](std::stop_token stop) { fill_until(std::move(stop)); });
  if (spares_.empty()) return std::nullopt;
  Spare spare = std::move(spares_.front());
  spares_.pop_front();
  if (spares_.size() < most_spares / 2) taken_.notify_one();
  return spare;
}

void SpareFiles::fill_until(std::stop_token stop) {
  for (std::uint64_t number = 0; !stop.stop_requested(); ++number) {
    fs::path path = directory_ / fmt::format("{}", number);
    auto fd = open_file(path.string(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (!fd) return;  // whoever needs a file will be told why there is none
    std::unique_lock lock(mutex_);
    spares_.push_back({std::move(path), *std::move(fd)});
    if (spares_.size() >= most_spares)
      taken_.wait(lock, stop, [this] { return spares_.size() < most_spares / 2; });
  }
}

}  // namespace dms::service
