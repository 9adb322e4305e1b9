// What every program here begins with: the account of a configuration file.
#pragma once

#include <cstdio>
#include <exception>
#include <memory>
#include <string>

#include "batch/azure_batch.h"
#include "blob/blob_client.h"
#include "core/clock.h"
#include "core/config.h"

namespace dms::samples {

struct Account {
  std::unique_ptr<batch::BatchClient> batch;
  blob::BlobClient blob;
};

// The account of the file: config.ini of your own, or the one that the local service writes into
// its data directory. Throws BadResult, as value() does, when the file is wrong.
inline Account connect(const std::string& config_file) {
  const Config config = load_config(config_file).value();
  return {batch::BatchClient::create(config, system_clock()).value(),
          blob::create_blob_client(config).value()};
}

// The pool that all programs here share, with so many nodes of two slots.
inline void have_pool(batch::AzureBatch& batch, int nodes) {
  batch.create_or_resize_pool("sample-programs", nodes, {.task_slots_per_node = 2}).value();
}

// A job of that pool, without tasks of an earlier call.
inline void have_job(batch::AzureBatch& batch, const std::string& job,
                     std::optional<batch::JobPreparationTask> preparation = {}) {
  if (const auto old = batch.delete_job(job); old)
    batch.wait_for_job_delete(job).value();
  else if (old.error().code != Code::not_found)
    throw_bad_result(old.error());
  batch.create_job(job, "sample-programs", std::move(preparation)).value();
}

// Runs a program's story: 0 when it says so, 1 with the error when something went wrong.
// `operand` names what stands behind the configuration file, for the story that takes it.
template <class Story>
int run(int argc, char** argv, const char* operand, Story story) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s CONFIG.INI %s\n", argv[0], operand);
    return 2;
  }
  try {
    Account account = connect(argv[1]);
    return story(account, std::string(argv[2]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}
template <class Story>
int run(int argc, char** argv, Story story) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CONFIG.INI\n", argv[0]);
    return 2;
  }
  char none[] = "";
  char* with_operand[] = {argv[0], argv[1], none, nullptr};
  return run(3, with_operand, "",
             [&](Account& account, const std::string&) { return story(account); });
}

}  // namespace dms::samples
