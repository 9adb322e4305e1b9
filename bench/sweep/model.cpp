// The model of bench_sweep: takes some milliseconds and writes one small file.
//
//   bench_model MILLISECONDS VALUE STARTS
//
// Appends VALUE to the file STARTS, sleeps, and writes it to result.txt.
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

bool write_line(const char* path, int flags, const std::string& line) {
  const int fd = ::open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
  if (fd < 0) return false;
  const bool whole = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  return ::close(fd) == 0 && whole;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: bench_model MILLISECONDS VALUE STARTS\n", stderr);
    return 2;
  }
  const std::string value = std::string(argv[2]) + "\n";
  if (!write_line(argv[3], O_APPEND, value)) return 1;
  const timespec duration{.tv_sec = 0, .tv_nsec = std::atol(argv[1]) * 1'000'000};
  ::nanosleep(&duration, nullptr);
  return write_line("result.txt", O_TRUNC, "value " + value) ? 0 : 1;
}
