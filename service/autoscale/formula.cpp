#include "service/autoscale/formula.h"

#include <algorithm>
#include <string>

#include "batch/errors.h"
#include "service/autoscale/parser.h"

namespace dms::service::autoscale {
namespace {

std::size_t characters_of(std::string_view text) {
  return std::size_t(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // not the inside of a UTF-8 character
  }));
}

}  // namespace

Result<Formula> Formula::parse(std::string_view text) {
  // Bytes are bounded too, lest a text that is no UTF-8 slips through.
  if (const auto count = characters_of(text);
      count > max_formula_characters || text.size() > 4 * max_formula_characters)
    return batch::batch_error("AutoScaleFormulaTooLong",
                              "It has " + std::to_string(count) + " characters.");
  auto tree = parse_tree(text);
  if (!tree) return batch::batch_error("AutoScalingFormulaSyntaxError", tree.error().message);
  return Formula(std::make_shared<const Tree>(*std::move(tree)));
}

}  // namespace dms::service::autoscale
