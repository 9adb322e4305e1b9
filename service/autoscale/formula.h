// An autoscale formula that has been read, ready to be evaluated again and again.
//
// Immutable and cheap to copy; safe to evaluate from several threads.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "core/result.h"

namespace dms::service::autoscale {

struct Tree;

// Characters, not bytes.
inline constexpr std::size_t max_formula_characters = 8192;

class Formula {
 public:
  // Errors: batch_error AutoScaleFormulaTooLong, or AutoScalingFormulaSyntaxError with line and
  // column. The latter covers unknown names and functions and wrong numbers of arguments too.
  static Result<Formula> parse(std::string_view text);

  const Tree& tree() const { return *tree_; }

 private:
  explicit Formula(std::shared_ptr<const Tree> tree) : tree_(std::move(tree)) {}

  std::shared_ptr<const Tree> tree_;
};

}  // namespace dms::service::autoscale
