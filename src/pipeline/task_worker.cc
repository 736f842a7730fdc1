#include "fruits/pipeline/task_worker.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"
#include "fruits/io/storage.h"
#include "fruits/pipeline/fingerprint.h"
#include "pipeline/featurize.h"
#include "pipeline/loading_model.h"
#include "pipeline/part_builder.h"
#include "pipeline/photo_task.h"

namespace fruits {

struct TaskWorker::State {
  RunOptions options;
  Storage storage;
  std::unique_ptr<Folder> folder;
  Bundle bundle;
  std::string fingerprint;
  LabelRule labels;
  std::unique_ptr<FeatureExtractor> extractor;

  Result<PhotoTask> Join(std::span<const std::string> texts) const {
    PhotoTask all;
    for (const std::string& text : texts) {
      FRUITS_TRY(PhotoTask task, ParsePhotoTask(text));
      if (task.fingerprint != fingerprint) {
        return Fail(
            ErrorCode::kFailedPrecondition,
            fmt::format("--model {}: features of fingerprint {} are wanted, this machine's model and options "
                        "give {}",
                        options.model, task.fingerprint.substr(0, 12), fingerprint.substr(0, 12)));
      }
      if (all.photos.empty()) all.first_part = task.first_part;
      for (PhotoToRead& photo : task.photos) {
        photo.row = all.photos.size();
        all.photos.push_back(std::move(photo));
      }
    }
    return all;
  }

  Result<TaskSummary> Compute(const PhotoTask& task, std::stop_token stop) {
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::string> names;
    PartBuilder builder(*folder, fingerprint, extractor->dimension(), names, task.first_part);
    TaskSummary summary;
    std::size_t given = 0;
    const NextPhoto next = [&]() -> Result<std::optional<PhotoToRead>> {
      if (given == task.photos.size()) return std::nullopt;
      return task.photos[given++];
    };
    const FetchPhoto read = [this](const PhotoToRead& photo, std::vector<std::byte>& bytes) {
      return storage.Read(UriOfRawPath(photo.raw), bytes, kMaxFileBytes);
    };
    const FeaturizeOptions featurize =
        FeaturizeOptionsOf(options, bundle, storage.ReadsAtOnce({.inputs = options.inputs}));
    StageTimes times;
    Status status = Featurize(next, read, labels, *extractor, featurize, std::move(stop), times,
                              [&](PhotoOutcome outcome) -> Status {
                                ++summary.photos;
                                summary.rejected += std::holds_alternative<RejectedRow>(outcome.what);
                                FRUITS_CHECK(builder.Append(std::move(outcome)));
                                return {};
                              });
    FRUITS_CHECK(builder.Finish());  // what is done stays, also where the rest failed
    FRUITS_CHECK(status);
    summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return summary;
  }
};

TaskWorker::TaskWorker(std::unique_ptr<State> state) : state_(std::move(state)) {}
TaskWorker::~TaskWorker() = default;

Result<std::unique_ptr<TaskWorker>> TaskWorker::Create(RunOptions options) {
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  const RunOptions& given = state->options;
  FRUITS_TRY(const Uri output, ParseUri(given.output, given.working_directory));
  FRUITS_TRY(state->folder, state->storage.OpenFolder(output));
  auto labels = LabelRule::Parse(given.label);
  if (!labels) return std::unexpected(labels.error().WithContext("--label"));
  state->labels = std::move(*labels);
  FRUITS_TRY(LoadingModel model, BeginLoading(given, state->storage));
  FRUITS_TRY(state->extractor, model.extractor.get());
  state->bundle = std::move(model.choice.bundle);
  state->fingerprint = Fingerprint(state->bundle, model.choice.precision, given,
                                   state->extractor->input_width(), state->extractor->input_height())
                           .Hex();
  return std::unique_ptr<TaskWorker>(new TaskWorker(std::move(state)));
}

Result<TaskSummary> TaskWorker::Compute(std::span<const std::string> tasks, std::stop_token stop) {
  return Guard([&]() -> Result<TaskSummary> {
    FRUITS_TRY(const PhotoTask task, state_->Join(tasks));
    return state_->Compute(task, std::move(stop));
  });
}

}  // namespace fruits
