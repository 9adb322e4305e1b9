// Microsoft's emulator as a child process of a benchmark, without its log of requests.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "core/result.h"

namespace dms::bench {

class Azurite {
 public:
  // Its well-known account, whose key is no secret.
  static constexpr const char* account = "devstoreaccount1";
  static constexpr const char* key =
      "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

  // Errors: those of spawn_child (npm --prefix tests/conformance ci brings it); timeout.
  static Result<std::unique_ptr<Azurite>> start(const std::string& data_dir);
  explicit Azurite(pid_t pid) : pid_(pid) {}
  ~Azurite();
  Azurite(const Azurite&) = delete;
  Azurite& operator=(const Azurite&) = delete;

  const std::string& url() const { return url_; }  // without the account

 private:
  const pid_t pid_;
  std::string url_;
};

}  // namespace dms::bench
