"""Cases of losses and metrics."""

LOSSES = """
{BinaryCrossentropy|BinaryFocalCrossentropy}(from_logits={True|False}, label_smoothing={0.0|
    0.1})({binary|soft}, chances)
{BinaryCrossentropy|BinaryFocalCrossentropy}(from_logits=True)(binary, {logits|logits * 50})
BinaryFocalCrossentropy(apply_class_balancing=True, gamma={2.0|0.0})(binary, {chances|binary})
{BinaryCrossentropy|CategoricalCrossentropy|MeanSquaredError|Huber|Hinge}(reduction="{sum|mean|
    none|mean_with_sample_weight}")(binary, chances, sample_weight={weights|weight_column|
    no_weights})
{CategoricalCrossentropy|CategoricalFocalCrossentropy}(label_smoothing={0.0|0.1}, axis={-1|
    0})({hot|soft}, probabilities)
{CategoricalCrossentropy|CategoricalFocalCrossentropy}(from_logits=True)({hot|soft}, {logits|
    logits * 50})
CategoricalFocalCrossentropy(alpha={0.25|[0.1, 0.2, 0.3, 0.4, 0.5]}, gamma={2.0|0.0})(hot,
    {probabilities|chances})
CategoricalGeneralizedCrossEntropy(q={0.5|0.9})({labels|label_column}, probabilities)
CategoricalHinge()({hot|soft}, {outputs|hot})
Circle(gamma={1.0|80.0}, margin={0.4|0.1})(labels, normalized)
CosineSimilarity(axis={-1|0})(targets, {outputs|targets|targets * 0})
CTC()(ctc_labels, ctc_logits)
Dice(axis={None|(1, 2)})(images, other_images)
Dice()({binary|hot}, chances)
{Hinge|SquaredHinge}()({signs|binary}, {outputs|signs})
Huber(delta={1.0|0.5})(targets, {outputs|targets|targets + 1.0|targets - 0.5})
{KLDivergence|Poisson}()({soft|hot}, {probabilities|hot})
Poisson()(positive_targets, positive_outputs)
{LogCosh|MeanAbsoluteError|MeanSquaredError|MeanAbsolutePercentageError|
    MeanSquaredLogarithmicError}()(targets, {outputs|targets|targets + 50})
{MeanAbsolutePercentageError|MeanSquaredLogarithmicError}()({positive_targets|binary|hot},
    {positive_outputs|outputs})
SparseCategoricalCrossentropy(from_logits={True|False})({labels|label_column}, probabilities)
SparseCategoricalCrossentropy(from_logits=True, ignore_class={0|1|4})(labels, logits)
SparseCategoricalCrossentropy(from_logits=False, ignore_class={0|1})(labels, probabilities)
SparseCategoricalCrossentropy(from_logits=True)(token_labels, token_logits, sample_weight={None|
    token_weights})
Tversky(alpha={0.5|0.3}, beta={0.5|0.7})({binary|hot}, chances)
Tversky(axis=(1, 2))(images, other_images)
{binary_crossentropy|binary_focal_crossentropy|categorical_crossentropy|
    categorical_focal_crossentropy}(hot, {probabilities|chances|hot})
categorical_generalized_cross_entropy(labels, probabilities, 0.5)
{categorical_hinge|hinge|huber|kl_divergence|log_cosh|poisson|squared_hinge}({hot|
    positive_targets}, {positive_outputs|probabilities|hot})
{mean_absolute_error|mean_absolute_percentage_error|mean_squared_error|
    mean_squared_logarithmic_error}({targets|binary_integers}, {outputs|binary})
{cosine_similarity}(targets, {outputs|targets * 0})
{dice|tversky}({binary|hot}, chances)
circle(labels, normalized)
ctc(ctc_labels, ctc_logits)
sparse_categorical_crossentropy(labels, {logits|probabilities}, from_logits={True|False})
"""
METRICS = """
{Mean|Sum}()({targets|weights|labels})
{Mean|Sum}()({targets|binary}, sample_weight={weights|weight_matrix|no_weights})
MeanMetricWrapper(keras.losses.mean_squared_error)(targets, outputs, sample_weight={None|weights})
Accuracy()({ties}, tied)
Accuracy()({labels}, ops.cast(token_labels[0, 1:], "int32"), sample_weight={None|weights})
BinaryAccuracy(threshold={0.5|0.3})(binary, {chances|binary|soft})
BinaryAccuracy()(binary, chances, sample_weight={weights|no_weights})
{BinaryCrossentropy|CategoricalCrossentropy}({from_logits=True|label_smoothing=0.1})({hot|soft},
    probabilities, sample_weight={None|weights})
BinaryIoU(target_class_ids={[0]|[1]|[0, 1]}, threshold={0.5|0.3})(binary, {chances|binary})
{CategoricalAccuracy|CategoricalHinge|KLDivergence|Poisson}()({hot|soft}, {probabilities|hot})
CategoricalAccuracy()(hot3, sure)
CategoricalAccuracy()(all_zeros, ties)
{ConcordanceCorrelation|PearsonCorrelation|CosineSimilarity}(axis={-1|0})(targets, outputs)
{ConcordanceCorrelation|PearsonCorrelation}()(targets, {targets|targets * 0})
CosineSimilarity()(targets, {targets * 0|targets})
{F1Score|FBetaScore}(average={None|"micro"|"macro"|"weighted"}, threshold={None|0.5})({hot|
    binary}, {probabilities|chances})
FBetaScore(beta=2.0)(hot, {probabilities|hot})
{FalseNegatives|FalsePositives|TrueNegatives|TruePositives}(thresholds={None|[0.3, 0.7]|
    0.5})(binary, {chances|binary|soft})
{FalseNegatives|FalsePositives|TrueNegatives|TruePositives}()(binary, chances,
    sample_weight={weights|weight_matrix})
{Precision|Recall}(thresholds={None|0.3|[0.3, 0.7]}, class_id={None|1})(binary, chances)
{Precision|Recall}(top_k={1|2|5})(hot, {probabilities|hot})
{Precision|Recall}()({binary * 0|binary}, {chances|chances * 0})
{PrecisionAtRecall|RecallAtPrecision|SensitivityAtSpecificity|SpecificityAtSensitivity}(0.5,
    num_thresholds={200|3})(binary, {chances|binary})
AUC(curve="{ROC|PR}", summation_method="{interpolation|minoring|majoring}", num_thresholds={200|
    5})(binary, {chances|soft})
AUC(multi_label=True, num_labels=5, label_weights={None|[1, 2, 3, 1, 2]})(binary, chances)
AUC(from_logits=True)(binary, logits, sample_weight={None|weights})
AUC(thresholds=[0.2, 0.5, 0.9])(binary, chances)
{Hinge|SquaredHinge}()({signs|binary}, outputs)
{LogCoshError|MeanAbsoluteError|MeanSquaredError|RootMeanSquaredError}()(targets, outputs,
    sample_weight={None|weights|no_weights})
{MeanAbsolutePercentageError|MeanSquaredLogarithmicError}()({targets|positive_targets|binary},
    {outputs|positive_outputs})
IoU(num_classes={5|6}, target_class_ids={[0]|[0, 2]}, ignore_class={None|1})(token_labels,
    ops.flip(token_labels, 0))
MeanIoU(num_classes={4|6}, ignore_class={None|0|-1})(token_labels, {ops.flip(token_labels, 0)|
    token_labels})
MeanIoU(num_classes=5, sparse_y_pred=False)(labels, probabilities)
OneHotIoU(num_classes=5, target_class_ids=[0, 2])(hot, probabilities)
OneHotMeanIoU(num_classes=5, ignore_class={None|0})(hot, probabilities)
R2Score(class_aggregation={"uniform_average"|"variance_weighted_average"|None})(targets, outputs)
R2Score(num_regressors=1)(targets, outputs, sample_weight={weight_column})
SparseCategoricalAccuracy()({labels|label_column}, {probabilities|hot|logits})
SparseCategoricalAccuracy()(labels3, {sure|hot3})
SparseCategoricalCrossentropy(from_logits={True|False})(labels, probabilities)
SparseTopKCategoricalAccuracy(k={1|2|5})({labels|label_column}, {probabilities|hot})
TopKCategoricalAccuracy(k={1|2|5})(hot, {probabilities|hot})
SparseTopKCategoricalAccuracy()(labels3, sure)
TopKCategoricalAccuracy()(hot3, sure)
{binary_accuracy|binary_crossentropy|binary_focal_crossentropy|categorical_accuracy}(hot,
    {probabilities|hot})
{categorical_crossentropy|categorical_focal_crossentropy|categorical_hinge}(hot, {probabilities|
    hot})
{concordance_correlation|pearson_correlation}(targets, {outputs|targets})
{hinge|huber|kl_divergence|log_cosh|poisson|squared_hinge}(hot, probabilities)
{mean_absolute_error|mean_absolute_percentage_error|mean_squared_error|
    mean_squared_logarithmic_error}(targets, outputs)
sparse_{categorical_accuracy|categorical_crossentropy}(labels, probabilities)
sparse_top_k_categorical_accuracy(labels, probabilities, k={1|2|5})
top_k_categorical_accuracy(hot, probabilities, k={1|2|5})
sparse_top_k_categorical_accuracy(labels3, sure)
top_k_categorical_accuracy(hot3, sure)
"""
