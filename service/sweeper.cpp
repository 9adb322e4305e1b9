#include "service/sweeper.h"

#include "core/crypto.h"
#include "core/log.h"

namespace dms::service {

namespace fs = std::filesystem;

Sweeper::Sweeper(fs::path parent) : trash_(parent / ".trash") {
  std::error_code error;
  fs::create_directories(trash_, error);
  for (const auto& entry : fs::directory_iterator(trash_, error)) waiting_.push_back(entry.path());
  thread_ = std::jthread([this](std::stop_token stop) { loop(stop); });
}

Sweeper::~Sweeper() = default;

void Sweeper::sweep(const fs::path& tree) {
  std::error_code error;
  const fs::path grave = trash_ / hex(random_bytes(12));
  fs::rename(tree, grave, error);
  if (error == std::errc::no_such_file_or_directory) return;
  if (error) log_warn("moving " + tree.string() + " to the trash: " + error.message());
  std::lock_guard lock(mutex_);
  waiting_.push_back(error ? tree : grave);
  something_waits_.notify_one();
}

void Sweeper::loop(std::stop_token stop) {
  while (true) {
    fs::path tree;
    {
      std::unique_lock lock(mutex_);
      if (!something_waits_.wait(lock, stop, [&] { return !waiting_.empty(); })) return;
      tree = std::move(waiting_.front());
      waiting_.pop_front();
    }
    std::error_code error;
    fs::remove_all(tree, error);
    if (error) log_warn("removing " + tree.string() + ": " + error.message());
  }
}

}  // namespace dms::service
