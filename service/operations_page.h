// The page that says of every operation of the Batch service who speaks it and how the local
// service differs from Azure: docs/operations.md is its text, and a test holds the two together.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace dms::service {

struct OperationNote {
  std::string_view operation;   // the row's name
  std::string_view method;      // of AzureBatch; empty for what Azure has retired
  std::string_view difference;  // of the local service from Azure; empty: none is known
};

// One per row of batch/operations.h, in its order.
std::span<const OperationNote> operation_notes();

// Markdown, a table of all rows.
std::string operations_page();

}  // namespace dms::service
