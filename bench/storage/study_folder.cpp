#include "bench/storage/study_folder.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cmath>
#include <random>
#include <string>

#include "core/file.h"

namespace dms::bench {

namespace {

namespace fs = std::filesystem;
using Random = std::mt19937;

// A model's input: keywords, and lines of them with numbers.
std::string input_text(std::size_t bytes, Random& random) {
  static constexpr const char* words[] = {"CHANNEL", "NODE",    "RESERVOIR",  "GATE",
                                          "length",  "manning", "dispersion", "upnode"};
  std::string text;
  while (text.size() < bytes)
    text += fmt::format("{:<10} {:>5} {:>8.1f} {:.3f}\n", words[random() % 8], random() % 900,
                        static_cast<double>(random() % 90'000) / 10,
                        static_cast<double>(random() % 400) / 10'000);
  text.resize(bytes);
  return text;
}

double tide(double hour, Random& random) {
  const double noise = static_cast<double>(random() % 1000) / 1000 - 0.5;
  return 2 * std::sin(hour / 12.42 * 6.2832) + 0.7 * std::sin(hour / 12 * 6.2832) + 0.02 * noise;
}

// Output by time: a stamp and six columns.
std::string table(std::size_t bytes, Random& random) {
  std::string text;
  for (int minute = 0; text.size() < bytes; minute += 15) {
    text += fmt::format("2021-{:02}-{:02} {:02}:{:02}", minute / 43'200 % 12 + 1,
                        minute / 1440 % 28 + 1, minute / 60 % 24, minute % 60);
    for (int column = 0; column < 6; ++column)
      text += fmt::format(" {:10.4f}", 10 * column + tide(minute / 60.0 + column, random));
    text += '\n';
  }
  text.resize(bytes);
  return text;
}

std::string floats(std::size_t bytes, Random& random) {
  std::string data(bytes, '\0');
  for (std::size_t at = 0; at + 4 <= bytes; at += 4) {
    const std::size_t cell = at / 4 % 500, step = at / 4 / 500;
    // As models keep them: dry cells are zero, the rest has three digits.
    const double level = cell % 7 == 0 ? 0 : tide(0.25 * static_cast<double>(step + cell), random);
    const auto value = static_cast<float>(std::round(level * 1000) / 1000);
    data.replace(at, 4, reinterpret_cast<const char*>(&value), 4);
  }
  return data;
}

std::string compressed(std::size_t bytes, Random& random) {
  std::string data(bytes, '\0');
  for (char& c : data) c = static_cast<char>(random());
  return data;
}

struct Kind {
  const char* name;
  double share;
  std::size_t file_bytes;
  std::string (*make)(std::size_t bytes, Random& random);
};
constexpr Kind kinds[] = {{"input/run{:05}.inp", 0.08, 20'000, input_text},
                          {"output/table{:04}.txt", 0.47, 5'000'000, table},
                          {"tide/tide{:03}.bin", 0.40, 25'000'000, floats},
                          {"figures/figure{:03}.png", 0.05, 2'500'000, compressed}};

Status write(const fs::path& path, const std::string& content) {
  DMS_TRY(const UniqueFd fd, open_file(path.string(), O_WRONLY | O_CREAT | O_TRUNC));
  return write_all(fd.get(), content);
}

}  // namespace

Status make_study_folder(const fs::path& folder, std::uint64_t bytes) {
  Random random(1);
  for (const Kind& kind : kinds) {
    const auto count =
        static_cast<std::size_t>(kind.share * static_cast<double>(bytes)) / kind.file_bytes;
    for (std::size_t i = 0; i < count; ++i) {
      const fs::path path = folder / fmt::format(fmt::runtime(kind.name), i);
      fs::create_directories(path.parent_path());
      DMS_CHECK(write(path, kind.make(kind.file_bytes, random)));
    }
  }
  return ok();
}

}  // namespace dms::bench
