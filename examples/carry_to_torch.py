"""How is a setting that was found here written in torch, Keras and scikit-learn?

    python -m examples.carry_to_torch

The strength is also carried to a table with ten times as many rows, so that it remembers as many
epochs.
"""

from dropdecay import convert_decay


def main():
    """Print one decoupled decay and one penalty in the words of other libraries."""
    print("weight_decay=1, decoupled, 800 rows in batches of 32:")
    for to in ("torch_adamw", "keras_adamw"):
        print(f"  {to}: {convert_decay(1.0, source='dropdecay', to=to):g}")
    larger = {"n_samples": 800, "batch_size": 32, "to_n_samples": 8000}
    carried = convert_decay(1.0, source="dropdecay", to="torch_adamw", **larger)
    print(f"  torch_adamw on 8,000 rows: {carried:g}")
    print("weight_decay=0.01, decay='l2':")
    for to in ("torch", "keras_l2", "sklearn"):
        print(f"  {to}: {convert_decay(0.01, source='dropdecay_l2', to=to, batch_size=200):g}")


if __name__ == "__main__":
    main()
