// Ctrl-C and SIGTERM as a stop request.
#pragma once

#include <memory>
#include <stop_token>

namespace dms::cli {

// While it lives, the first SIGINT or SIGTERM requests a stop, and the second one ends the program
// at once with the exit code 130. Child processes are not affected.
//
// Requires: made before any other thread, so that all threads leave the signals to this one; one
// object at a time.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  std::stop_token token() const;

 private:
  struct Watch;
  std::unique_ptr<Watch> watch_;
};

}  // namespace dms::cli
