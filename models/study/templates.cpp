#include "models/study/templates.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "core/fields.h"
#include "core/file.h"
#include "core/suggest.h"
#include "node/template_text.h"

namespace dms::models {
namespace {

namespace fs = std::filesystem;
using Kind = YamlNode::Kind;

bool is_below(const fs::path& path) {
  return !path.is_absolute() && std::find(path.begin(), path.end(), "..") == path.end();
}

Result<TemplateFile> read_template(const StudyReader& reader, const YamlNode& node) {
  static constexpr std::array<std::string_view, 3> known{"from", "to", "style"};
  if (node.kind != Kind::map)
    return reader.error(node.mark,
                        fmt::format("templates holds {{from: …, to: …}}, not {}", describe(node)));
  TemplateFile file;
  for (const YamlEntry& entry : node.entries) {
    if (std::find(known.begin(), known.end(), entry.key) == known.end())
      return reader.unknown_key(entry, known);
    DMS_TRY(std::string text, reader.text("templates." + entry.key, entry.value));
    if (entry.key == "style") {
      if (!node::template_style(text))
        return reader.error(
            entry.value.mark,
            fmt::format("templates.style is braces, dollar or tilde, not '{}'", text));
      file.style = std::move(text);
      continue;
    }
    if (!is_below(text))
      return reader.error(entry.value.mark, fmt::format("templates.{}: '{}' is not below the "
                                                        "working directory",
                                                        entry.key, text));
    (entry.key == "from" ? file.from : file.to) = std::move(text);
  }
  if (file.from.empty() || file.to.empty())
    return reader.error(node.mark, "templates: each needs both from and to");
  return file;
}

// Holds one template against the names and values of a study.
class TemplateCheck {
 public:
  TemplateCheck(const Study& study, const TemplateFile& file)
      : study_(study),
        file_(file),
        style_(node::template_style(file.style).value_or(node::TemplateStyle::braces)) {
    names_ = study.space.names();
    for (const auto& [name, value] : study.environment_variables) names_.push_back(name);
  }

  // Messages that begin with the template's file:line:column.
  std::vector<std::string> faults(std::string_view text) const {
    std::vector<std::string> messages;
    const auto add = [&](std::size_t place, std::string_view message) {
      messages.push_back(
          fmt::format("{}:{}: {}", file_.from, node::line_and_column(text, place), message));
    };
    std::vector<node::TemplateFault> faults;
    const auto pieces = node::split_template(text, style_, faults);
    for (const node::TemplateFault& fault : faults) add(fault.place, fault.message);
    for (const node::TemplatePiece& piece : pieces) {
      if (piece.name.empty() || piece.name.starts_with("AZ_BATCH_")) continue;
      if (!is_known(piece.name))
        add(piece.place, fmt::format("no parameter is called {}{}", piece.name, hint(piece.name)));
      else if (piece.width > 0)
        if (const std::string fault = width_fault(piece); !fault.empty()) add(piece.place, fault);
    }
    return messages;
  }

 private:
  bool is_same(std::string_view a, std::string_view b) const {
    return style_ == node::TemplateStyle::tilde ? equal_ignoring_case(a, b) : a == b;
  }
  bool is_known(std::string_view name) const {
    return std::any_of(names_.begin(), names_.end(),
                       [&](const std::string& known) { return is_same(known, name); });
  }
  std::string hint(std::string_view name) const {
    const std::string near = did_you_mean(name, std::span(names_));
    return near.empty() ? fmt::format("; known are {}", fmt::join(names_, ", ")) : near;
  }

  // The first value that is too long for a gap, in words; "" when all fit.
  std::string width_fault(const node::TemplatePiece& piece) const {
    const auto name = std::find_if(names_.begin(), names_.end(), [&](const std::string& known) {
      return is_same(known, piece.name);
    });
    const auto at = static_cast<std::size_t>(name - names_.begin());
    const ParameterSpace& space = study_.space;
    for (std::uint64_t run = 0; run < space.size(); ++run) {
      const auto values = space.point(run);
      const std::string value =
          at < values.size() ? values[at]
                             : substitute(study_.environment_variables[at - values.size()].second,
                                          space.names(), values);
      if (!node::fitted(value, piece.width))
        return fmt::format(
            "the value of {} of run {}, '{}', is longer than the {} characters of "
            "its gap",
            *name, run + 1, value, piece.width);
      if (at >= values.size() &&
          names_in(study_.environment_variables[at - values.size()].second).empty())
        break;  // the same for all
    }
    return {};
  }

  const Study& study_;
  const TemplateFile& file_;
  const node::TemplateStyle style_;
  std::vector<std::string> names_;
};

}  // namespace

Status read_templates(const StudyReader& reader, const YamlNode& node, Study& study) {
  if (node.kind == Kind::map) {
    DMS_TRY(TemplateFile one, read_template(reader, node));
    study.templates.push_back(std::move(one));
    return ok();
  }
  if (node.items.empty())
    return reader.error(node.mark, fmt::format("templates is a list of {{from: …, to: …}}, not {}",
                                               describe(node)));
  Problems problems;
  for (const YamlNode& item : node.items)
    if (auto one = problems.take(read_template(reader, item)))
      study.templates.push_back(*std::move(one));
  return problems.status();
}

void check_templates(const StudyReader& reader, const YamlNode& node, const Study& study,
                     Problems& problems) {
  for (std::size_t at = 0; at < study.templates.size(); ++at) {
    const TemplateFile& file = study.templates[at];
    const YamlNode& map = node.kind == Kind::map ? node : node.items[at];
    const auto wrong = [&](std::string_view message) {
      problems.add(
          reader.error(reader.find(map, "from")->mark, fmt::format("templates: {}", message)));
    };
    if (!study.inputs) {
      wrong("the study has no inputs that could hold " + file.from);
      continue;
    }
    const auto text = read_file((*study.inputs / file.from).string());
    if (!text) {
      wrong(text.error().message);
      continue;
    }
    for (const std::string& fault : TemplateCheck(study, file).faults(*text)) wrong(fault);
    const Status known = check_names_in(file.to, study.space.names());
    if (!known)
      problems.add(reader.error(reader.find(map, "to")->mark,
                                fmt::format("templates.to: {}", known.error().message)));
  }
}

}  // namespace dms::models
