#include "samples/estimator/programs/control_file.h"

#include <cmath>
#include <cstdint>
#include <cstdio>

#include "samples/estimator/programs/text.h"

namespace estimator {
namespace {

class Reader {
 public:
  explicit Reader(const std::string& path) : text_(lines_of(read_text(path))) {
    control_.path = path;
  }

  ControlFile read() {
    if (text_.empty() || lower(text_[0]) != "pcf") throw error("does not begin with 'pcf'");
    std::string section;
    for (at_ = 1; at_ < text_.size(); ++at_) {
      const std::string& line = text_[at_];
      const std::vector<std::string> words = words_of(line);
      if (words.empty() || words[0].starts_with('#') || words[0].starts_with("++")) continue;
      if (words[0] == "*") {
        section = lower(line.substr(line.find('*') + 1));
        section.erase(0, section.find_first_not_of(' '));
        section.erase(section.find_last_not_of(' ') + 1);
        line_of_section_ = 0;
        continue;
      }
      ++line_of_section_;
      read_line(section, words);
    }
    check();
    return std::move(control_);
  }

 private:
  void read_line(const std::string& section, const std::vector<std::string>& words) {
    if (section == "control data") {
      read_control(words);
    } else if (section == "parameter data") {
      read_parameter(words);
    } else if (section == "observation data") {
      need(words, 3, "an observation: name value weight group");
      control_.observations.push_back({lower(words[0]), number(words[1]), number(words[2])});
    } else if (section == "model command line") {
      if (control_.command.empty()) control_.command = words;
    } else if (section == "model input/output") {
      need(words, 2, "two files: template and input, or instructions and output");
      auto& files =
          control_.templates.size() < templates_ ? control_.templates : control_.instructions;
      files.emplace_back(words[0], words[1]);
    }
  }

  // The lines of `control data` are known by their place: the third numbers the files, NOPTMAX
  // begins the seventh.
  void read_control(const std::vector<std::string>& words) {
    if (line_of_section_ == 3) {
      need(words, 2, "NTPLFLE NINSFLE");
      templates_ = static_cast<std::size_t>(number(words[0]));
    }
    if (line_of_section_ == 7) {
      need(words, 1, "NOPTMAX");
      control_.most_iterations = static_cast<int>(number(words[0]));
    }
  }

  void read_parameter(const std::vector<std::string>& words) {
    need(words, 6, "a parameter: name transform limit initial lower upper …");
    Parameter parameter{.name = lower(words[0]),
                        .initial = number(words[3]),
                        .lower = number(words[4]),
                        .upper = number(words[5])};
    const std::string transform = lower(words[1]);
    if (transform == "log") {
      parameter.transform = Transform::log;
    } else if (transform == "fixed") {
      parameter.transform = Transform::fixed;
    } else if (transform != "none") {
      throw error("the transform '" + words[1] + "' is not one of none, log, fixed");
    }
    if (parameter.lower > parameter.initial || parameter.initial > parameter.upper)
      throw error(parameter.name + " begins outside of its bounds");
    if (parameter.transform == Transform::log && parameter.lower <= 0)
      throw error(parameter.name + ": a logarithm needs a lower bound above 0");
    control_.parameters.push_back(parameter);
  }

  void check() const {
    const auto missing = [&](bool is, const char* what) {
      if (is) throw Problem(control_.path + ": has no " + what);
    };
    missing(control_.parameters.empty(), "parameters");
    missing(control_.observations.empty(), "observations");
    missing(control_.command.empty(), "model command line");
    missing(control_.templates.empty(), "template files");
    missing(control_.instructions.empty(), "instruction files");
  }

  double number(const std::string& word) const { return number_of(word, place()); }
  void need(const std::vector<std::string>& words, std::size_t count, const char* what) const {
    if (words.size() < count) throw error(std::string("expected ") + what);
  }
  std::string place() const { return control_.path + ":" + std::to_string(at_ + 1); }
  Problem error(const std::string& text) const { return Problem(place() + ": " + text); }

  std::vector<std::string> text_;
  std::size_t at_ = 0;
  int line_of_section_ = 0;
  std::size_t templates_ = 1;
  ControlFile control_;
};

}  // namespace

std::string ControlFile::digest() const {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  const auto add = [&](const std::string& text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  };
  add(read_text(path));
  for (const auto& [file, made] : templates) add(read_text(file));
  for (const auto& [file, read] : instructions) add(read_text(file));
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

ControlFile read_control_file(const std::string& path) { return Reader(path).read(); }

}  // namespace estimator
