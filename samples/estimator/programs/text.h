// Small things that the readers of text files share.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace estimator {

// What is wrong with a file, a run or the network; `main` prints it and ends.
class Problem : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A whole file. Throws Problem naming it.
std::string read_text(const std::string& path);
void write_text(const std::string& path, std::string_view text);

std::vector<std::string> lines_of(std::string_view text);
// The parts between blanks.
std::vector<std::string> words_of(std::string_view line);
std::string lower(std::string_view text);

// A finite number and nothing else. Throws Problem, with `what` in front.
double number_of(const std::string& word, const std::string& what);
// The shortest text that reads back as the same number.
std::string text_of(double number);

}  // namespace estimator
