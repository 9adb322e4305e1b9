// The Batch REST API of the local service: checks who asks, finds the operation and lets the engine
// do it. Thread-safe.
#pragma once

#include "core/signing.h"
#include "service/engine.h"
#include "service/router.h"

namespace dms::service {

struct BatchServiceOptions {
  SharedKey key;
  std::string base_url;          // "http://127.0.0.1:18080"
  std::string nodes_dir;         // where node files are read
  std::string applications_dir;  // where the zips of packages are kept
};

class BatchService final : public Handler {
 public:
  // Requires: engine and clock outlive this.
  BatchService(BatchServiceOptions options, Engine& engine, Clock& clock);

  BodyPlan plan(const Request& head) override;
  Answer handle(const Request& request, std::unique_ptr<Upload> upload) override;
  Answer too_large(const Request& head) override;
  Answer upload_failed(const Request& head, const Error& error) override;

  const Router& router() const { return router_; }

 private:
  BodyPlan plan_package(const Request& head);
  void add_application_routes();
  void add_pool_routes();
  void add_auto_scale_routes();
  void add_node_routes();
  void add_node_operation_routes();
  void add_account_routes();
  void add_retired_routes();
  void add_job_routes();
  void add_node_task_routes();
  void add_schedule_routes();
  void add_schedule_looks();
  void add_task_routes();
  void add_file_routes();

  const BatchServiceOptions options_;
  Engine& engine_;
  Clock& clock_;
  Router router_;
};

}  // namespace dms::service
