#include "service/operations_page.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "batch/operations.h"
#include "core/file.h"

namespace dms::service {
namespace {

std::string source(const std::string& path) {
  return read_file(std::string(DMS_SOURCE_DIR) + "/" + path).value();
}

TEST(OperationsPage, every_operation_has_one_note_and_every_note_an_operation) {
  std::multiset<std::string_view> noted;
  for (const auto& note : operation_notes()) noted.insert(note.operation);
  std::multiset<std::string_view> spoken;
  batch::op::for_each([&](const auto& row) { spoken.insert(row.name); });
  EXPECT_EQ(noted, spoken);
}

TEST(OperationsPage, every_method_it_names_is_one_of_azure_batch) {
  const std::string header = source("batch/azure_batch.h");
  for (const auto& note : operation_notes()) {
    std::istringstream methods{std::string(note.method)};
    std::string method;
    int count = 0;
    while (std::getline(methods >> std::ws, method, ',')) {
      ++count;
      EXPECT_NE(header.find(" " + method + "("), header.npos) << note.operation << ": " << method;
    }
    const bool retired = note.difference.starts_with("Retired");
    EXPECT_EQ(count > 0, !retired) << note.operation;
  }
}

// After a change: build/bin/dmsbatch operations > docs/operations.md
TEST(OperationsPage, the_document_is_what_the_table_says) {
  EXPECT_EQ(source("docs/operations.md"), operations_page());
}

}  // namespace
}  // namespace dms::service
