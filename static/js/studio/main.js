// The studio with scripting. Without it every form still works, one picture at a time.
import { mountCloth } from "./cloth.js";
import { mountCompare } from "./compare.js";
import { mountPrints } from "./prints.js";
import { onRegion, ready } from "./regions.js";
import { choosePrint, mountStage } from "./stage.js";
import { mountUpload } from "./upload.js";

onRegion("garment-side", mountUpload);
onRegion("garment-side", mountStage);
onRegion("print-side", mountPrints);
onRegion("print-side", mountCloth);
onRegion("print-side", choosePrint);
onRegion("result-side", mountCompare);
ready();
