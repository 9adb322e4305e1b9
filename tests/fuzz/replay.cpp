// Calls a fuzz program's entry with every file of the folders that are named: in a build without
// libFuzzer the corpora are tests.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

std::vector<std::filesystem::path> files_of(const char* folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void replay(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
  // Without a byte around it, so that a sanitizer sees a read beyond the end.
  const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
  std::fprintf(stderr, "%s\n", file.c_str());  // the last one named is the one that broke
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  for (int at = 1; at < argc; ++at) {
    const auto files = files_of(argv[at]);
    if (files.empty()) {
      std::fprintf(stderr, "%s holds no file\n", argv[at]);
      return 1;
    }
    for (const auto& file : files) replay(file);
  }
  return argc > 1 ? 0 : 2;
}
