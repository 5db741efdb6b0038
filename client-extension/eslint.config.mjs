import js from "@eslint/js";
import { config, configs } from "typescript-eslint";

export default config(js.configs.recommended, configs.strictTypeChecked, configs.stylisticTypeChecked, {
  languageOptions: { parserOptions: { projectService: true } },
  rules: {
    // VS Code's Disposable is a class by name only: what its own functions return is made otherwise.
    "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
    "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    // An empty setting is as good as none.
    "@typescript-eslint/prefer-nullish-coalescing": ["error", { ignorePrimitives: { string: true } }],
    "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    "@typescript-eslint/switch-exhaustiveness-check": "error",
    "no-console": "error",
  },
});
