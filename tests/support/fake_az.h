// A program `az` for tests: a shell script that notes its arguments and does what a test says.
#pragma once

#include <string>

#include "core/file.h"
#include "tests/support/temp_directory.h"

namespace dms {

class FakeAz {
 public:
  // `script` is what it does after the note: lines for /bin/sh.
  explicit FakeAz(const std::string& script) {
    const std::string text =
        "#!/bin/sh\necho \"$*\" >>'" + directory_ / "arguments" + "'\n" + script + "\n";
    write_file_atomic(path(), text, 0700).value();
  }

  std::string path() const { return directory_ / "az"; }
  // One line a call; empty when it was never called.
  std::string arguments() const { return read_file(directory_ / "arguments").value_or(""); }

 private:
  TempDirectory directory_;
};

}  // namespace dms
