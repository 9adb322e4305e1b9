#include "bench/storage/azurite.h"

#include <fcntl.h>
#include <signal.h>

#include "core/child.h"
#include "core/clock.h"
#include "core/file.h"

namespace dms::bench {

namespace {

// What follows "successfully listens on" in its log, or "".
std::string url_in(const std::string& log) {
  const auto told = log.find("successfully listen");
  const auto begin = told == log.npos ? told : log.find("http://", told);
  return begin == log.npos ? "" : log.substr(begin, log.find_first_of(" \r\n", begin) - begin);
}

}  // namespace

Result<std::unique_ptr<Azurite>> Azurite::start(const std::string& data_dir) {
  const std::string log_file = data_dir + ".log";
  DMS_TRY(const UniqueFd log, open_file(log_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  DMS_TRY(const pid_t pid,
          spawn_child({.argv = {"node", DMS_AZURITE, "--location", data_dir, "--blobHost",
                                "127.0.0.1", "--blobPort", "0", "--disableTelemetry", "--silent",
                                "--skipApiVersionCheck"},
                       .stdout_fd = log.get(),
                       .stderr_fd = log.get()}));
  auto azurite = std::make_unique<Azurite>(pid);
  DMS_CHECK(poll_until(system_clock(), std::chrono::minutes(1), std::chrono::milliseconds(20),
                       [&]() -> Result<bool> {
                         DMS_TRY(const std::string text, read_file(log_file));
                         azurite->url_ = url_in(text);
                         return !azurite->url_.empty();
                       })
                .context("starting Azurite, see " + log_file));
  return azurite;
}

Azurite::~Azurite() {
  ::kill(pid_, SIGTERM);
  (void)wait_child(pid_);
}

}  // namespace dms::bench
