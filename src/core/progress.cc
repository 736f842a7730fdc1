#include "fruits/core/progress.h"

namespace fruits {

std::string_view ToString(Phase phase) {
  switch (phase) {
    case Phase::kListing:
      return "listing";
    case Phase::kFeaturizing:
      return "featurizing";
    case Phase::kFitting:
      return "fitting";
    case Phase::kProjecting:
      return "projecting";
    case Phase::kPublishing:
      return "publishing";
    case Phase::kDone:
      return "done";
  }
  return "unknown";
}

}  // namespace fruits
